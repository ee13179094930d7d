#!/bin/bash
# A program that PM2 ran, from its ecosystem file to a pool that serves, with its timer and its watch.
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

# The exit code; what was said is in /run/said.
code_of() { local code=0; "$@" >/run/said 2>&1 || code=$?; echo "$code"; }

install_package
mkdir -p /srv/shop
cp "$programs/server.js" /srv/shop/
cat >/srv/shop/ecosystem.config.js <<END
console.log('this is no part of what it exports')
const port = 8000
module.exports = {
  apps: [{
    name: 'web', script: './server.js', instances: 2, exec_mode: 'cluster',
    env: { PORT: '127.0.0.1:' + port, NODE_ENV: 'development' },
    env_production: { NODE_ENV: 'production', GREETING: 'say "50%" of \$HOME' },
    kill_timeout: 3000, max_memory_restart: '300M', instance_var: 'INSTANCE',
    cron_restart: '*/5 3 1 * mon-fri', watch: ['lib'], error_file: '/var/log/web.log'
  }],
  deploy: {}
}
END
import() { martletctl import pm2 /srv/shop/ecosystem.config.js --env production "$@"; }

step "what can't be translated is named, and nothing is written"
equal "exit code" "$(code_of import)" 78
matches "why" "$(cat /run/said)" 'port "127.0.0.1:8000" is no number.*--listen web=ADDRESS'
equal "files" "$(ls /etc/martlet)" ""

step "what can't be read is said, with what to do"
touch /srv/shop/ecosystem.yaml
echo 'throw new Error("no database")' >/srv/shop/broken.config.cjs
echo '{ apps: [] }' >/srv/shop/broken.json
unread() { # FILE CODE PATTERN
    equal "$1, exit code" "$(code_of martletctl import pm2 "/srv/shop/$1" --stdout)" "$2"
    matches "why" "$(cat /run/said)" "$3"
}
unread ecosystem.yaml 66 'YAML is not read; with python3-yaml'
unread ecosystem.toml 66 'expects a file whose name ends in \.json'
unread missing.json 66 'could not open .*missing\.json'
unread missing.config.js 66 'could not open .*missing\.config\.js'
unread broken.config.cjs 78 'no database'
matches "and" "$(cat /run/said)" 'node could not say what it exports'
unread broken.json 78 'is no JSON'
equal "without node" "$(code_of env PATH=/nowhere \
    /usr/bin/martletctl import pm2 /srv/shop/ecosystem.config.js)" 69
matches "why" "$(cat /run/said)" 'no node in PATH'

step "printed, it is the same as written"
import --listen "$web" --stdout >/run/printed 2>/run/notes
for note in 'deploy: deploying is not' 'web: error_file: workers write to the journal' \
    'web: uid: not set' 'executed by /usr/bin/node'; do
    matches "the notes" "$(cat /run/notes)" "$note"
done
equal "exit code" "$(code_of import --listen "$web")" 0
for file in /etc/martlet/web.conf \
    /etc/systemd/system/martlet-{reload@web.timer,watch@web.path}.d/50-pm2.conf; do
    holds "$file was printed, too" grep -qF "# $file" /run/printed
    refused "$file has other lines" grep -vxFf /run/printed "$file"
done
holds "the file is well" martletctl check web

step "what is there is never touched"
before=$(cat /etc/martlet/web.conf)
equal "exit code" "$(code_of import --listen 9000)" 73
equal "the file" "$(cat /etc/martlet/web.conf)" "$before"

step "the pool serves"
next=$(grep '^  systemctl enable --now martlet' <<<"$(import --listen "$web" --output /run/other)")
equal "what to do next" "$next" \
    "  systemctl enable --now martlet@web.socket martlet-reload@web.timer martlet-watch@web.path"
systemctl daemon-reload
$next 2>/run/enabled || fail "$(cat /run/enabled)"
holds "it serves" serves
within 30 "both workers are up" pool_is serving 2
variable() { tr '\0' '\n' <"/proc/$(pool 'workers[1]["pid"]')/environ" | sed -n "s/^$1=//p"; }
equal "NODE_ENV" "$(variable NODE_ENV)" production
equal "GREETING" "$(variable GREETING)" "say \"50%\" of \$HOME"
equal "INSTANCE" "$(variable INSTANCE)" 1

step "systemd knows the timer's pattern and the watch's directory"
times=$(property martlet-reload@web.timer TimersCalendar)
matches "times" "$times" 'OnCalendar=Mon,Tue,Wed,Thu,Fri \*-\*-\* 03:00,05,10|Mon\.\.Fri \*-\*-\* 03:00,05,10'
matches "times" "$times" '\*-\*-01 03:00,05,10'
refused "the template's own time is left" grep -q 'Sun ' <<<"$times"
equal "the watch" "$(property martlet-watch@web.path Paths)" "/srv/shop/lib (PathChanged)"
ends_without_trace
