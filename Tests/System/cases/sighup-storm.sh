#!/bin/bash
# A thousand SIGHUPs at 0 to 25 ms under load: no request fails, the pool settles.
# seconds: 240
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_package
write_web ''
start_web
main=$(master) open=$(descriptors)
load_begin --connections mixed --clients 4

step "the storm"
python3 - "$main" <<'END'
import os, random, signal, sys, time
seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
print("> seed", seed)
chance = random.Random(seed)
for _ in range(1000):
    os.kill(int(sys.argv[1]), signal.SIGHUP)
    time.sleep(chance.uniform(0, 0.025))
END

step "the last wish is granted, then it is quiet"
settled() { [[ $(pool '(state, ready, globals().get("rollout"))') == "serving 2 None" ]]; }
within 60 "the pool settles" settled
generation=$(pool generation)
at_least "generations" "$generation" 2
load_ends_well
figure "1,000 signals made $((generation - 1)) rollouts"
equal "the generation stays" "$(pool generation)" "$generation"
equal "the master is the same" "$(master)" "$main"
equal "restarts of the master" "$(property martlet@web.service NRestarts)" 0
equal "processes of the pool" "$(count_with MARTLET_POOL=web)" 2
equal "workers of the last generation" "$(count_with "MARTLET_GENERATION=$generation")" 2
within 10 "the master has $open open descriptors, as before" descriptors_are "$open"
equal "the service" "$(property martlet@web.service ActiveState)" active

step "and a reload still works"
reload_web
equal "the generation" "$(pool generation)" $((generation + 1))
ends_without_trace
