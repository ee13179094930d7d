#!/bin/bash
# The figures of pools: they agree with what the pools do and say, one pool that hangs hides no other,
# and Prometheus reads them, with the alerts that are in the package.
# seconds: 300
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

readonly page=http://127.0.0.1:9639/metrics
readonly prometheus=127.0.0.1:9090

# How figures are looked at

scrape() { curl --silent --show-error --fail --max-time 30 "$page" >/run/page; }

# Of the page scraped last: `value martlet_workers 'pool="web",state="ready"'`; empty if it is not there.
value() { # SAMPLE LABELS
    awk -v name="$1{$2}" '$1 == name { print $2 }' /run/page
}

figure_is() { # SAMPLE LABELS VALUE
    scrape && [[ $(value "$1" "$2") == "$3" ]]
}

# The status of an HTTP answer, its type and length: CURL-ARGUMENT…
answered() {
    curl --silent --max-time 30 --output /dev/null "$@" \
        --write-out '%{http_code} %{content_type} %{size_download}'
}

# What the page and `status --json` say alike, as a line each; nothing if they agree.
disagreements() { # POOL
    martletctl status "$1" --json >/run/status
    python3 - "$1" <<'END'
import collections, json, re, sys
pool, page = sys.argv[1], {}
for line in open("/run/page"):
    if match := re.fullmatch(r'(\w+)\{pool="(.*?)",?(.*)\} (\S+)\n', line):
        if match[2] == pool:
            page[match[1], match[3]] = float(match[4])
status = json.load(open("/run/status"))
told = {("martlet_up", ""): 1, ("martlet_generation", ""): status["generation"],
        ("martlet_workers_wanted", ""): status["wanted"],
        ("martlet_workers_ready", ""): status["ready"],
        ("martlet_pool_state", f'state="{status["state"]}"'): 1}
states = collections.Counter(worker["state"] for worker in status["workers"])
for name, labels in page:
    if name == "martlet_workers":
        told[name, labels] = states[labels.split('"')[1]]
for worker in status["workers"]:
    told["martlet_worker_restarts_total", f'slot="{worker["slot"]}"'] = worker["restarts"]
if sum(page.get(("martlet_pool_state", f'state="{s}"'), 0) for s in
       ("starting", "serving", "reloading", "stopping", "ended")) != 1:
    print("not one state")
for key in sorted(told):
    if page.get(key) != told[key]:
        print(*key, "page:", page.get(key), "status:", told[key])
for worker in status["workers"]:
    slot = f'slot="{worker["slot"]}"'
    memory = page.get(("martlet_worker_resident_memory_bytes", slot), 0)
    if not 0.5 * worker["memoryBytes"] < memory < 2 * worker["memoryBytes"]:
        print("memory of", slot, memory, worker["memoryBytes"])
    if abs(page.get(("martlet_worker_uptime_seconds", slot), -1) - worker["uptimeSeconds"]) > 20:
        print("uptime of", slot)
END
}

# A worker may come or go between the two.
agrees() { # POOL
    local end=$((SECONDS + 20))
    until scrape && disagreements "$1" >/run/disagreements && [[ ! -s /run/disagreements ]]; do
        ((SECONDS < end)) || fail "$1: its page and its status: $(cat /run/disagreements)"
        sleep 0.2
    done
}

# The page as Prometheus' older format, which `promtool check metrics` reads: there a counter's family
# has the name of its samples.
as_older_format() {
    sed -E '/^# (UNIT|EOF)/d
        s/^# (TYPE|HELP) (martlet_\w+) (.*)/# \1 \2 \3/' /run/page | awk '
        $2 == "TYPE" && $4 == "counter" { counter[$3] = 1 }
        { lines[NR] = $0 }
        END {
            for (line = 1; line <= NR; line++) {
                split(lines[line], word, " ")
                if (word[1] == "#" && word[3] in counter)
                    sub(word[3], word[3] "_total", lines[line])
                print lines[line]
            }
        }'
}

# What it sees

write_mail() {
    cat >/etc/martlet/mail.conf <<END
[Socket]
ListenStream=/run/mail.socket
Backlog=77

[Service]
# Its master is stopped for a while.
WatchdogSec=2min

[Pool]
Workers=1

[Worker]
ExecStart=$worker
WatchdogSec=1min
END
}

served_to_who_asks() {
    step "nothing is served until somebody enables it"
    equal "the socket" "$(systemctl is-enabled martlet-metrics.socket || true)" disabled
    refused "it is served" curl --silent --max-time 5 "$page"
    systemctl -q enable --now martlet-metrics.socket
    equal "before the first client, the service" \
        "$(property martlet-metrics.service ActiveState)" inactive

    step "HTTP"
    scrape
    equal "GET /metrics" "$(answered "$page" | cut -d' ' -f1-4)" \
        "200 application/openmetrics-text; version=1.0.0; charset=utf-8"
    matches "HEAD /metrics" "$(answered --head "$page")" '^200 application/openmetrics-text.* 0$'
    matches "GET /" "$(answered "${page%metrics}")" '^200 text/html'
    matches "GET /nothing" "$(answered "${page%metrics}nothing")" '^404 text/plain'
    matches "POST /metrics" "$(answered --data x=y "$page")" '^405 text/plain'
    matches "what is allowed" "$(curl --silent --request DELETE --include "$page")" \
        '^Allow: GET, HEAD'
    equal "the last line" "$(tail -n 1 /run/page)" '# EOF'
    local pid
    pid=$(property martlet-metrics.service MainPID)
    differs "whose process it is" "$(stat --format=%u "/proc/$pid")" 0
    equal "its threads" "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" 1
}

agrees_with_status() {
    step "the figures agree with the status"
    agrees web
    agrees mail
    equal "no worker has restarted" "$(value martlet_worker_restarts_total 'pool="web",slot="0"')" 0
    equal "starts of web" "$(value martlet_worker_starts_total 'pool="web",reason="pool_start"')" 2
    equal "the heartbeat of a worker that sends none" \
        "$(value martlet_worker_heartbeat_age_seconds 'pool="web",slot="0"')" ""
    matches "the heartbeat of one that does" \
        "$(value martlet_worker_heartbeat_age_seconds 'pool="mail",slot="0"')" '^[0-9.]+$'
    matches "its processor time" \
        "$(value martlet_worker_cpu_seconds_total 'pool="mail",slot="0"')" '^[0-9.]+$'
    figure "$(grep -c '^martlet_' /run/page) samples of $(grep -c '^# TYPE' /run/page) families, $(stat --format=%s /run/page) bytes"

    step "after a kill"
    kill -KILL "$(pool 'workers[0]["pid"]')"
    within 20 "it is counted" figure_is martlet_worker_restarts_total 'pool="web",slot="0"' 1
    agrees web
    equal "exits by a signal" "$(value martlet_worker_exits_total 'pool="web",reason="signal"')" 1
    equal "restarts" "$(value martlet_worker_starts_total 'pool="web",reason="restart"')" 1

    step "after a reload"
    reload_web
    within 20 "old workers are gone" figure_is \
        martlet_worker_exits_total 'pool="web",reason="replaced"' 2
    agrees web
    equal "the generation" "$(value martlet_generation 'pool="web"')" 2
    equal "rollouts" "$(value martlet_rollouts_total 'pool="web",result="completed"')" 1
    equal "measured rollouts" "$(value martlet_rollout_duration_seconds_count \
        'pool="web",result="completed"')" 1
    equal "those of half an hour" "$(value martlet_rollout_duration_seconds_bucket \
        'pool="web",result="completed",le="1800.0"')" 1
    equal "the other pool's" "$(value martlet_rollouts_total 'pool="mail",result="completed"')" 0

    step "after somebody wanted a fresh worker"
    martletctl restart web 0
    within 20 "the old one is counted" figure_is \
        martlet_worker_exits_total 'pool="web",reason="asked"' 1
    equal "starts" "$(value martlet_worker_starts_total 'pool="web",reason="asked"')" 1
    agrees web

    step "martletctl says the same"
    martletctl metrics >/run/page
    equal "disagreements" "$(disagreements web; disagreements mail)" ""
    equal "the last line" "$(tail -n 1 /run/page)" '# EOF'
    martletctl metrics mail >/run/page
    equal "pools" "$(grep -o 'pool="[a-z]*"' /run/page | sort -u)" 'pool="mail"'
}

told_to_members_only() {
    step "members of the group martlet may read them, strangers may not"
    local code=0
    runuser -u stranger -- martletctl metrics web >/run/page 2>/run/said || code=$?
    equal "a stranger's exit code" "$code" 77
    equal "what a stranger is told" "$(grep '^martlet_' /run/page)" 'martlet_up{pool="web"} 0'
    runuser -u stranger -g martlet -- martletctl metrics web >/run/page
    equal "a member is told" "$(value martlet_workers_ready 'pool="web"')" 2
}

asked_by_varlinkctl() {
    command -v varlinkctl >/dev/null || return 0
    step "varlinkctl gets them in their structure"
    varlinkctl call /run/martlet/web/control io.martlet.Pool.Metrics '{}' >/run/families
    equal "the workers that are wanted" "$(ask '[(f["type"], f["samples"][0]["value"])
        for f in families if f["name"] == "martlet_workers_wanted"][0]' </run/families)" "gauge 2"
    equal "the last bucket has no bound" "$(ask '[f["samples"][0]["buckets"][-1]
        for f in families if f["type"] == "histogram"][0]["count"]' </run/families)" 1
    refused "a parameter is taken" \
        varlinkctl call /run/martlet/web/control io.martlet.Pool.Metrics '{"x": 1}' >/run/said 2>&1
}

# Clients of mail that are not accepted, as its worker sleeps.
sees_who_waits() {
    step "the queue of a socket"
    local sleeper=$1 address
    kill -STOP "$sleeper"
    python3 -c '
import socket, time
links = [socket.socket(socket.AF_UNIX) for _ in range(3)]
for link in links:
    link.connect("/run/mail.socket")
time.sleep(120)' &
    local clients=$!
    address='pool="mail",address="/run/mail.socket",listener="mail"'
    within 30 "three wait" figure_is martlet_listen_queue_length "$address" 3
    equal "so many may wait" "$(value martlet_listen_queue_limit "$address")" 77
    kill "$clients"
    kill -CONT "$sleeper"
    within 30 "none waits" figure_is martlet_listen_queue_length "$address" 0
    equal "of the TCP socket" "$(value martlet_listen_queue_limit \
        "pool=\"web\",address=\"$web\",listener=\"http\"")" 4096
    matches "overflows" "$(value martlet_network_listen_overflows_total 'pool="web"')" '^[0-9]+$'
}

hides_no_other() {
    step "a master that does not answer hides no other"
    local master code=0
    master=$(property martlet@mail.service MainPID)
    kill -STOP "$master"
    scrape
    martletctl metrics >/run/page-of-martletctl 2>/run/said || code=$?
    kill -CONT "$master"
    local file
    for file in /run/page /run/page-of-martletctl; do
        equal "mail in $file" "$(grep -c 'pool="mail"' $file)" 1
        holds "it is down" grep -qxF 'martlet_up{pool="mail"} 0' $file
        holds "web is up" grep -qxF 'martlet_up{pool="web"} 1' $file
        holds "web is whole" grep -qxF 'martlet_workers_ready{pool="web"} 2' $file
    done
    equal "the exit code" "$code" 69
    matches "what is said" "$(cat /run/said)" '^mail: the master does not answer'
    within 30 "it is up again" figure_is martlet_up 'pool="mail"' 1
    local codes
    codes=$(martletctl metrics nobody >/run/page 2>/run/said || echo $?)
    equal "of a pool that does not run" "$codes $(cat /run/said)" \
        "3 nobody: the pool does not run; start it with: systemctl start martlet@nobody"
    equal "its figures" "$(value martlet_up 'pool="nobody"')" 0
}

# Who connects and says nothing.
endures_a_crowd() {
    step "forty clients that say nothing cost a scrape some time at most"
    python3 -c '
import socket, time
links = [socket.create_connection(("127.0.0.1", 9639)) for _ in range(40)]
time.sleep(120)' &
    local crowd=$!
    local began=$SECONDS
    sleep_until_connected() { (($(ss -Htn state established dport = 9639 | wc -l) >= 40)); }
    within 20 "they are there" sleep_until_connected
    curl --silent --fail --max-time 60 --output /run/page "$page" || fail "no answer"
    kill "$crowd"
    equal "the last line" "$(tail -n 1 /run/page)" '# EOF'
    figure "answered after $((SECONDS - began)) s behind 40 silent clients"
}

# Who reads it

checked_by_promtool() {
    step "promtool is content with the figures and the alerts"
    scrape
    as_older_format >/run/older
    promtool check metrics </run/older >/run/said 2>&1 || fail "promtool: $(cat /run/said)"
    equal "what it remarks" "$(cat /run/said)" ""
    mkdir /run/rules
    cp /usr/share/martlet/prometheus/martlet.rules.yml /opt/tests/System/prometheus/rules.test.yml \
        /run/rules
    promtool check rules /run/rules/martlet.rules.yml >/run/said 2>&1 || fail "$(cat /run/said)"
    matches "the rules" "$(cat /run/said)" 'SUCCESS: [0-9]+ rules found'
    (cd /run/rules && promtool test rules rules.test.yml) >/run/said 2>&1 || fail "$(cat /run/said)"
    # The test is not blind: with another threshold it fails.
    sed -i 's/martlet_workers_ready == 0/martlet_workers_ready == 7/' /run/rules/martlet.rules.yml
    refused "the test of the rules fails" \
        promtool test rules /run/rules/rules.test.yml >/run/said 2>&1
}

# The value of the one series that a query comes to; empty if there is none.
query() { # EXPRESSION
    curl --silent --fail --max-time 10 --get --data-urlencode "query=$1" \
        "http://$prometheus/api/v1/query" |
        ask '(lambda found: found[0]["value"][1] if found else "")(data["result"])'
}

query_is() { # EXPRESSION VALUE
    [[ $(query "$1" 2>/dev/null) == "$2" ]]
}

read_by_prometheus() {
    step "Prometheus scrapes it"
    cat >/run/prometheus.yml <<END
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [/usr/share/martlet/prometheus/martlet.rules.yml]
scrape_configs:
  - job_name: martlet
    static_configs: [{targets: ["127.0.0.1:9639"]}]
END
    promtool check config /run/prometheus.yml >/run/said 2>&1 || fail "$(cat /run/said)"
    systemd-run --quiet --unit=reader prometheus --config.file=/run/prometheus.yml \
        --storage.tsdb.path=/run/prometheus "--web.listen-address=$prometheus"
    within 60 "it knows the workers" query_is \
        'sum(martlet_workers{pool="web",state="ready"})' 2
    equal "the target" "$(query 'up{job="martlet"}')" 1
    equal "all workers of both" "$(query 'sum(martlet_workers{state!="finished"})')" 3
    local unit
    unit=$(curl --silent "http://$prometheus/api/v1/targets/metadata?metric=martlet_master_cpu_seconds_total")
    [[ $(ask 'len(data)' <<<"$unit") != 0 ]] || unit=$(curl --silent \
        "http://$prometheus/api/v1/targets/metadata?metric=martlet_master_cpu_seconds")
    equal "what it knows of a family" "$(ask '(data[0]["type"], data[0]["unit"])' <<<"$unit")" \
        "counter seconds"

    step "a reload that fails is alerted of"
    within 30 "it knows that none has failed" query_is \
        'martlet_rollouts_total{pool="web",result="rolled_back"}' 0
    drop_in broken <<<$'[Worker]\nExecStart=\nExecStart=/bin/false'
    refused "the reload succeeds" reload_web
    within 60 "the alert fires" query_is \
        'count(ALERTS{alertname="MartletRolloutFailed",alertstate="firing",pool="web"})' 1
    equal "other alerts" "$(query 'count(ALERTS{alertstate="firing",alertname!="MartletRolloutFailed"})')" ""
    rm /etc/martlet/web.conf.d/broken.conf
    scrape
    equal "rollouts taken back" \
        "$(value martlet_rollouts_total 'pool="web",result="rolled_back"')" 1
    at_least "workers that failed" \
        "$(value martlet_worker_exits_total 'pool="web",reason="failure"')" 1
    equal "web serves" "$(value martlet_workers_ready 'pool="web"')" 2
    systemctl stop reader.service
}

ends_when_idle() {
    step "it ends when nobody asks, and is there for who asks again"
    mkdir -p /etc/systemd/system/martlet-metrics.service.d
    printf '[Service]\nExecStart=\nExecStart=/usr/sbin/martlet-metrics --exit-idle-time=1s\n' \
        >/etc/systemd/system/martlet-metrics.service.d/idle.conf
    systemctl daemon-reload
    systemctl stop martlet-metrics.service
    idle() { [[ $(property martlet-metrics.service ActiveState) == inactive ]]; }
    local round
    for round in 1 2; do
        scrape
        within 30 "it has ended, round $round" idle
        equal "well" "$(property martlet-metrics.service Result)" success
        equal "the socket" "$(property martlet-metrics.socket ActiveState)" active
    done
    systemctl stop martlet-metrics.socket
    refused "something listens" curl --silent --max-time 5 "$page"
}

install_package
write_web ''
write_mail
start_web
systemctl start martlet@mail.service

served_to_who_asks
agrees_with_status
told_to_members_only
asked_by_varlinkctl
sees_who_waits "$(martletctl status mail --json | ask 'workers[0]["pid"]')"
hides_no_other
checked_by_promtool
read_by_prometheus
endures_a_crowd
ends_when_idle

step "nothing is left"
ends_without_trace mail
ends_without_trace
