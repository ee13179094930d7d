#!/bin/bash
# What the shells complete: verbs, options, pools and workers as they are, in bash, zsh and fish.
# seconds: 120
# shellcheck source=../library.sh
source "${0%/cases/*}/library.sh"

# What bash offers for the word at the end of a line; "martletctl lo" → "logs".
in_bash() { # LINE
    bash -c '
        source /usr/share/bash-completion/completions/martletctl
        read -ra COMP_WORDS <<<"$1"
        [[ $1 != *" " ]] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMPREPLY=()
        _martletctl martletctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf "%s\n" "${COMPREPLY[@]}"' - "$1" | sort -u | xargs
}

# zsh completes for a terminal alone: what it adds is written down instead.
in_zsh() { # LINE
    zsh -f -c '
        autoload -Uz compinit && compinit -D -u
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "PS1= PROMPT=; unsetopt zle_bracketed_paste; stty -echo"
        zpty -w shell "autoload -Uz compinit && compinit -D -u"
        zpty -w shell "compadd() {
            local -a added; local -A taken
            builtin compadd -O added \"\$@\"
            print -rl -- \$added >>/run/zsh-added
            builtin compadd \"\$@\"
        }"
        zpty -w shell "print ready >/run/zsh-ready"
        for try in {1..300}; do [[ -e /run/zsh-ready ]] && break; sleep 0.1; done
        zpty -n -w shell "$1"$'"'\\t'"'
        for try in {1..50}; do [[ -s /run/zsh-added ]] && break; sleep 0.1; done
        sleep 0.3
        zpty -d shell' - "$1" >/dev/null 2>&1
    sort -u /run/zsh-added 2>/dev/null | sed '/^$/d' | xargs
    rm -f /run/zsh-added /run/zsh-ready
}

in_fish() { # LINE
    fish --no-config -c 'source /usr/share/fish/vendor_completions.d/martletctl.fish
        complete -C $argv[1]' "$1" | cut -f1 | sort -u | xargs
}

offers() { # SHELL LINE WORD…
    local shell=$1 line=$2 word offered
    offered=$("in_$shell" "$line")
    for word in "${@:3}"; do
        [[ " $offered " == *" $word "* ]] ||
            fail "$shell offers $word for \"$line\": it has only: $offered"
    done
}

offers_not() { # SHELL LINE WORD…
    local shell=$1 line=$2 word offered
    offered=$("in_$shell" "$line")
    for word in "${@:3}"; do
        [[ " $offered " != *" $word "* ]] || fail "$shell offers $word for \"$line\": $offered"
    done
}

completes() { # SHELL
    local shell=$1
    if ! command -v "$shell" >/dev/null; then
        figure "there is no $shell in this image: not looked at"
        return 0
    fi
    step "$shell"
    local verbs
    mapfile -t verbs < <(martletctl --help | sed -nE 's/^martletctl ([a-z]+)( .*)?$/\1/p' | sort -u)
    at_least "verbs" "${#verbs[@]}" 10
    offers "$shell" 'martletctl ' "${verbs[@]}"
    offers "$shell" 'martletctl reload ' web spare
    offers "$shell" 'martletctl status web ' web spare
    offers_not "$shell" 'martletctl reload web ' spare
    offers "$shell" 'martletctl why web ' 0 1
    # Neither a complaint nor an offer.
    offers_not "$shell" 'martletctl a/b ' --json web
    offers "$shell" 'martletctl why web --' --json --help
    offers "$shell" 'martletctl logs -' --worker --follow -f --lines -n --since --output --no-pager
    offers_not "$shell" 'martletctl logs -' --json --exec
    offers "$shell" 'martletctl logs web --worker ' 0 1
    offers "$shell" 'martletctl new x --protocol ' systemd node martlet
    # zsh adds the last part of a path alone.
    local file=/etc/martlet/web.conf
    [[ $shell != zsh ]] || file=web.conf
    offers "$shell" 'martletctl check /etc/martlet/we' "$file"
}

install_package
write_web ''
start_web
cat >/etc/martlet/spare.conf <<<"[Socket]"
for shell in bash zsh fish; do completes "$shell"; done
holds "bash finds nothing wrong with it" bash -n /usr/share/bash-completion/completions/martletctl
