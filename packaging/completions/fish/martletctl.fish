# fish completion for martletctl(1)
#
# Verbs and options are those of `martletctl --help`, pools and workers those there are.

# Pools by their files, in the directories martletd looks in, and by the directories of running ones.
function __martlet_pools
    for path in /etc/martlet/*.conf /usr/lib/martlet/*.conf /run/martlet/*/
        string replace -r '^.*/([^/]+?)(\.conf|/)$' '$1' -- $path
    end | sort -u
end

# The words before the cursor that are no options: the verb first.
function __martlet_words
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; or echo $word
    end
end

function __martlet_verb
    set -l words (__martlet_words)
    # A word of another kind is no verb, and not fit for a pattern.
    string match -qr '^[a-z]+$' -- "$words[1]"; and echo $words[1]
end

function __martlet_has_verb
    set -l verb (__martlet_verb)
    test -n "$verb"
end

function __martlet_verb_is
    contains -- (__martlet_verb) $argv
end

# The pool that is named already.
function __martlet_pool
    for word in (__martlet_words)[2..-1]
        if test -e /etc/martlet/$word.conf -o -e /run/martlet/$word -o -e /usr/lib/martlet/$word.conf
            echo $word
            return
        end
    end
end

# The slots of a pool, and "agent" if it has one.
function __martlet_workers
    set -l pool (__martlet_pool)
    test -n "$pool"; or return
    martletctl status --json $pool 2>/dev/null | grep -oE '"slot":-?[0-9]+' | cut -d: -f2 |
        sed 's/^-1$/agent/' | sort -u
end

function __martlet_verbs
    martletctl --help 2>/dev/null |
        awk '/^martletctl [a-z]/ { verb = $2; getline; sub(/^ +/, ""); print verb "\t" $0 }'
end

# Options stand at the beginning of the lines under the verb.
function __martlet_options
    set -l verb (__martlet_verb)
    test -n "$verb"; or return
    martletctl --help 2>/dev/null | sed -nE "/^martletctl $verb( |\$)/,/^martletctl /p" |
        grep -E '^ +-' | grep -oE -- '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,'
    echo --help
end

# What may stand behind the verb: a verb that takes several pools goes on with pools, another with a
# worker of the one it has.
function __martlet_operands
    set -l verb (__martlet_verb)
    set -l operands (martletctl --help 2>/dev/null | sed -nE "s/^martletctl $verb //p")
    set -l pool (__martlet_pool)
    switch "$operands"
        case '*POOL…*' '*POOL*FILE*'
            __martlet_pools
        case '*POOL*SLOT*' '*POOL*WORKER*'
            if test -n "$pool"
                __martlet_workers
            else
                __martlet_pools
            end
        # A new one has a name that nobody has.
        case '*POOL*--exec*'
        case '*POOL*'
            test -n "$pool"; or __martlet_pools
        case 'pm2*'
            echo pm2
    end
end

# Whether the word before the cursor is one of these options.
function __martlet_after
    set -l words (commandline -opc)
    contains -- $words[-1] $argv
end

set -l valued --worker --protocol --type --workers --user --exec --directory --output -o --signal -s \
    --to --lines -n --since --until --listen --env --only
set -l plain "not __martlet_after $valued"

complete -c martletctl -f
complete -c martletctl -n "not __martlet_has_verb" -a '(__martlet_verbs)'
complete -c martletctl -n "not __martlet_has_verb" -l help -s h
complete -c martletctl -n "not __martlet_has_verb" -l version
complete -c martletctl -n "__martlet_has_verb; and $plain" -a '(__martlet_operands)'
complete -c martletctl -n "__martlet_has_verb; and $plain" -a '(__martlet_options)'
complete -c martletctl -n "$plain; and __martlet_verb_is check import" -F
complete -c martletctl -n '__martlet_after --worker' -a '(__martlet_workers)'
complete -c martletctl -n '__martlet_after --to' -a 'all others workers agent random subscribers (__martlet_workers)'
complete -c martletctl -n '__martlet_after --protocol' -a 'systemd node martlet'
complete -c martletctl -n '__martlet_after --type' -a 'notify exec'
complete -c martletctl -n '__martlet_after --workers' -a 'auto 1 2 4 8'
complete -c martletctl -n '__martlet_after --user' -a '(__fish_complete_users)'
complete -c martletctl -n '__martlet_after --signal -s' -a 'HUP INT QUIT KILL USR1 USR2 TERM CONT STOP'
complete -c martletctl -n '__martlet_after --exec --directory' -F
complete -c martletctl -n '__martlet_after --output -o; and __martlet_verb_is logs' \
    -a 'short short-iso short-monotonic verbose json json-pretty cat with-unit'
