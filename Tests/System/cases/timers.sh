#!/bin/bash
# Reloads that nobody asks for by hand: at a time of the calendar, and when the link to the release that
# serves is replaced. No request fails in any of it.
# seconds: 240
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

install_release() { # NAME [ARGUMENT-OF-THE-WORKER]
    mkdir -p "/srv/web/releases/$1"
    printf '#!/bin/sh\nexec %s --label %s %s\n' "$worker" "$1" "${2-}" >"/srv/web/releases/$1/run"
    chmod 755 "/srv/web/releases/$1/run"
}

change_unit() { # UNIT, its drop-in is standard input
    mkdir -p "/etc/systemd/system/$1.d"
    cat >"/etc/systemd/system/$1.d/override.conf"
    systemctl daemon-reload
}

# Of one answer: the release that serves, once nothing is under way any more.
settled_on() { # RELEASE
    [[ $(pool '(state, ready, len(workers))') == "serving 2 2" &&
        $(answer '" ".join(args)' /about) == "--label $1"* ]]
}
generation_is() { [[ $(pool generation) == "$1" ]]; }
watch_is() { [[ $(property martlet-watch@web.service ActiveState) == "$1" ]]; }

install_package
install_release first
install_release second
install_release third
install_release broken --exit-at-start=3
ln -s releases/first /srv/web/current
write_web ''
sed -i 's|^ExecStart=.*|ExecStart=/srv/web/current/run|' /etc/martlet/web.conf
start_web
load_begin --connections mixed --clients 4 --pause 0.02

step "none of it is on unless somebody enables it"
for unit in martlet-reload@web.timer martlet-watch@web.path; do
    equal "$unit" "$(property "$unit" UnitFileState) $(property "$unit" UnitFilePreset)" \
        "disabled disabled"
done

step "the timer has a time of its own"
systemctl -q enable --now martlet-reload@web.timer
matches "its time" "$(property martlet-reload@web.timer TimersCalendar)" 'OnCalendar=Sun .*04:00:00'
differs "its next run" "$(property martlet-reload@web.timer NextElapseUSecRealtime)" ""

step "a timer that elapses replaces the workers"
change_unit martlet-reload@web.timer <<'END'
[Timer]
OnCalendar=
OnCalendar=*:*:0/3
RandomizedDelaySec=0
AccuracySec=100ms
END
before=$(worker_pids)
systemctl restart martlet-reload@web.timer
within 60 "a second rollout" generation_is 3
systemctl stop martlet-reload@web.timer
over() { [[ $(property martlet-reload@web.service ActiveState) == inactive ]]; }
within 30 "the last run ends" over
equal "and ended well" "$(property martlet-reload@web.service Result)" success
holds "each worker is a new one" disjoint "$before" "$(worker_pids)"
generation=$(pool generation)

step "a link that ln replaces is a deployment"
systemctl -q enable --now martlet-watch@web.path
ln -sfn releases/second /srv/web/current
within 60 "the second release serves" settled_on second
equal "the generation" "$(pool generation)" $((generation + 1))

step "so is one that is renamed over"
within 30 "the watch looks again" watch_is inactive
ln -s releases/third /srv/web/next
mv -T /srv/web/next /srv/web/current
within 60 "the third release serves" settled_on third
equal "the generation" "$(pool generation)" $((generation + 2))

step "what happens to a release is none"
within 30 "the watch looks again" watch_is inactive
install_release fourth
touch /srv/web/releases/third/file
equal "the watch" "$(property martlet-watch@web.service ActiveState)" inactive

step "a release that does not run is taken back, and the next link is seen all the same"
ln -sfn releases/broken /srv/web/current
is_taken_back() { [[ $(property martlet@web.service ReloadResult) == exit-code ]]; }
within 60 "the reload fails" is_taken_back
equal "the pool" "$(pool '(state, generation, ready)')" "serving $((generation + 2)) 2"
within 30 "the watch looks again" watch_is inactive
ln -sfn releases/first /srv/web/current
within 60 "the first release serves" settled_on first

step "a scheduled reload that fails says so"
within 30 "the watch looks again" watch_is inactive
systemctl stop martlet-watch@web.path
ln -sfn releases/broken /srv/web/current
refused "the run" systemctl start martlet-reload@web.service
equal "the unit" "$(property martlet-reload@web.service ActiveState)" failed
ln -sfn releases/first /srv/web/current
holds "the run" systemctl start martlet-reload@web.service

step "of two links within a rollout the last one serves"
sed -i 's|^ExecStart=.*|ExecStart=/srv/web/current/run --boot 1|' /etc/martlet/web.conf
reload_web
systemctl start martlet-watch@web.path
ln -sfn releases/second /srv/web/current
is_rolling() { [[ $(pool state) == reloading ]]; }
within 60 "the rollout begins" is_rolling
ln -sfn releases/third /srv/web/current
within 60 "the third release serves" settled_on third
load_ends_well

step "a pool that does not run is left alone"
within 30 "the watch looks again" watch_is inactive
systemctl stop martlet-watch@web.path
nothing_is_under_way() { [[ -z $(systemctl list-jobs --no-legend 'martlet*') ]]; }
within 60 "the last reload ends" nothing_is_under_way
systemctl -q stop martlet@web.service
holds "the scheduled run" systemctl start martlet-reload@web.service
holds "the watch's" systemctl start martlet-watch@web.service
equal "the pool" "$(property martlet@web.service ActiveState)" inactive
equal "restarts of the master" "$(property martlet@web.service NRestarts)" 0
systemctl start martlet@web.service
ends_without_trace
