#!/bin/bash
# An agent on Node: a child of fork() and no worker of the cluster. It is asked and it answers, is told
# who serves, and comes and goes with the pool; a reload replaces both or neither.
# seconds: 150
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

write_asking() { # LINE-OF-[Agent]…
    cat >/etc/martlet/web.conf <<END
[Socket]
ListenStream=$web

[Pool]
Workers=2
Protocol=node
RolloutSettleSec=200ms

[Worker]
ExecStart=/usr/bin/node $programs/asking.js

[Agent]
ExecStart=/usr/bin/node $programs/agent.js %w
$(printf '%s\n' "$@")
END
}

agent() { pool "agent[\"$1\"]"; }
agent_is() { [[ $(pool '(agent["state"], agent["restarts"])') == "$1" ]]; }

# The agent's, and those of workers that are there to stay.
generations() {
    pool '(agent["generation"], sorted({w["generation"] for w in workers if w["role"] != "leaver"}))'
}

# The last that the agent was told of who serves.
roll() { grep martlet:workers /run/agent.told | tail -n 1 | ask '[w["pid"] for w in workers]'; }
roll_is_right() { [[ $(roll) == "$(pool '[w["pid"] for w in workers]')" ]]; }

install_package
install --mode 666 /dev/null /run/agent.told
write_asking
start_web
equal "what the agent is" "$(head -n 1 /run/agent.told | ask '(isPrimary, role, slot, name)')" \
    "True 1 None agent"
equal "its cgroup" "$(sed -n 's|^0::.*/||p' "/proc/$(agent pid)/cgroup")" "agent-$(agent incarnation)"
within 10 "it knows who serves" roll_is_right
journal_says() { journalctl --sync; journalctl --quiet -o cat SYSLOG_IDENTIFIER=martlet | grep -q "$1"; }
holds "the journal has its story" journal_says 'the agent of generation 1 is ready'

step "questions and answers"
for question in 1 7 21; do
    equal "the answer to $question" "$(answer answer "/?question=$question")" $((question * 2))
done
holds "all, with the agent" serves
answer heard '/?to=all' >/run/ignored
told_hello() { (($(grep -c hello /run/agent.told) == $1)); }
within 10 "the agent is one of all" told_hello 1
answer heard '/?to=workers' >/run/ignored
heard() { [[ $(for _ in {1..20}; do answer '(pid, heard)'; done | sort -u | awk '{ print $2 }' | xargs) == "$1" ]]; }
within 10 "both workers have heard both" heard "2 2"
holds "the agent is no worker" told_hello 1

step "it dies, and comes back after a second; nobody else notices"
load_begin --connections new --clients 4
before=$(worker_pids)
since=$(date +%s%N)
kill -KILL "$(agent pid)"
within 20 "it is back" agent_is "ready 1"
at_least "milliseconds later" $((($(date +%s%N) - since) / 1000000)) 1000
equal "the workers" "$(worker_pids)" "$before"
within 10 "it is told who serves" roll_is_right

step "a worker dies, and the agent is told"
kill -KILL "$(pool 'workers[0]["pid"]')"
is_whole() { [[ $(pool '(ready, workers[0]["restarts"])') == '2 1' ]]; }
load_end # a request of the killed worker may have failed
within 20 "the pool is whole" is_whole
within 10 "the agent knows the new one" roll_is_right

step "a reload with an agent that fails"
load_begin --connections new --clients 4
write_asking Environment=AGENT_FAILS=1
before=$(worker_pids)
refused "the reload" reload_web
within 20 "the old agent is back" agent_is "ready 1"
equal "its generation, and that of the workers" \
    "$(generations)" "1 [1]"
equal "the workers were not touched" "$(worker_pids)" "$before"
matches "the reason" "$(pool lastFailure)" 'the agent.*exited with status 5'

step "a reload with one that does not"
write_asking
reload_web
equal "generations" "$(generations)" "3 [3]"
within 10 "it is told who serves" roll_is_right
load_ends_well

step "a reload takes it away, and another brings it back"
sed -i '/^\[Agent\]/,$d' /etc/martlet/web.conf
reload_web
gone() { [[ $(pool '"agent" in globals()') == False ]]; }
within 20 "it is gone" gone
write_asking
reload_web
equal "its generation" "$(agent generation)" 5

step "it stops last"
ends_without_trace
equal "the agent was the last to go" \
    "$(lifecycle | grep -oE 'web: (worker [01]|the agent) of generation 5 has left' | tail -n 1)" \
    "web: the agent of generation 5 has left"
