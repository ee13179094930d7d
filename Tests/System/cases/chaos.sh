#!/bin/bash
# A minute of every kind of fault under load; `make chaos` has longer ones.
# seconds: 240
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

seed=${SEED-$((RANDOM * 32768 + RANDOM))}
figure "seed $seed"
/opt/tests/System/chaos/prepare "$PACKAGE"
python3 /opt/tests/System/chaos/soak.py --seconds 65 --seed "$seed" >/run/chaos.txt || {
    cat /run/chaos.txt
    cat /srv/chaos/faults.txt
    fail "an invariant did not hold; again with: make chaos SECONDS=65 SEED=$seed"
}
cat /run/chaos.txt
figure "$(grep -E '^[0-9]+ kinds' /run/chaos.txt | tr -s ' ')"
figure "requests: $(grep -E '^all ' /run/chaos.txt | tr -s ' ')"
figure "$(tail -n 1 /run/chaos.txt)"
