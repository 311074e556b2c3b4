# The warden: a small program beside the host that ends what instances leave running. It is a shell's because it must be
# small and must outlive a SIGKILL of the host. It reads lines from its standard input:
#
#   watch GROUP     end this process group when the host dies
#   forget GROUP    no longer
#   end ID ID …     end all that runs under these user IDs; answers each with `ended ID`, or after three seconds `kept ID`
#
# The end of its input is the end of the host, however it came. Then the groups are ended, and all that runs under an ID
# that the block's record names. The descriptor that holds the block's lock stays open until that is done (D125).
#
# Ending (D126) is done by root, whom no instance can signal. A pass over /proc stops what it finds, and reads the
# owner again, since process numbers are used again. What is stopped does not fork: once a pass finds nothing but what
# is stopped, all of it is killed. An ID is ended when a pass that can have missed nothing finds nothing under it:
#
# - The owner is read from `status`, all four IDs: the folder of a process that cannot be dumped belongs to root.
# - A process that forks and ends faster than a pass takes is never where the pass looks. So a pass also looks at each
#   process number that was given away since it began, until none is given away while it looks.
# - A zombie is over, unless threads of it live on. But it counts against the number of processes that its user may have, so
#   its parent, mostly the machine's first process, gets the two seconds to take notice: an ID that was given away before
#   could start nothing.
# - What is in another PID namespace but in our user namespace was started by bubblewrap, and the kernel ends it with the
#   first process of its namespace, or it is somebody else's container: it is waited for, never signalled. So is
#   what is in another user namespace, unless that maps nothing but the ID itself: an instance can make such a one.
#
# The loops use what is built into the shell: an instance that has used up all process numbers does not stop them. Only
# the first look over all processes is left to grep, which is faster; without it they are looked at here.
#
# $1: what the IDs of the block begin with, all but three digits; empty without a block. $2: the block's record.

# Sets `found` to the status files of all processes that may be under an ID of the block. The last one is our own: it
# shows that grep has come to its end.
find_candidates() {
  found=
  command eval 'found=$(/bin/grep -lsE "$pattern" /proc/[0-9]*/status /proc/$$/status)'
  case $found in *"/proc/$$/status") ;; *) found='/proc/[0-9]*/status' ;; esac
}

# Sets `id` and `nested`. Fails when process $1 is over, or under none of `ids`.
read_owner() {
  id='' nested='' state='' threads=1
  while read -r key a b c d _; do
    case $key in
      State:) state=$a ;;
      Uid:)
        for uid in "$a" "$b" "$c" "$d"; do
          case $uid in "$block"[0-9][0-9][0-9]) id=$uid ;; esac
        done
        case $ids in *" ${id:-none} "*) ;; *) return 1 ;; esac
        ;;
      NSpid:)
        nested=$b
        case $state in Z | X) ;; *) return 0 ;; esac
        ;;
      Threads:) threads=$a && break ;;
    esac
  done </proc/"$1"/status
  [ -n "$id" ] || return 1
  case $state$threads in Z1 | X1) zombies="$zombies$id " && return 1 ;; esac
}

# Whether process $1, under `id`, is an instance's and not a container's.
is_ours() {
  map='' more=''
  { read -r map && read -r more; } </proc/"$1"/uid_map
  if [ "$map" = "$own_map" ]; then
    [ -z "$nested" ]
    return
  fi
  set -- $map
  [ $# = 0 ] || [ "$2 $3 $more" = "$id 1 " ]
}

look_at() {
  read_owner "$1" || return 0
  alive="$alive$id "
  is_ours "$1" || return 0
  case $stopped in *" $1 "*) again="$again $1" && return 0 ;; esac
  kill -STOP "$1" || return 0
  if read_owner "$1" && is_ours "$1"; then
    stopped="$stopped$1 " fresh=1
  else
    kill -CONT "$1"
  fi
}

# Sets `alive` to the IDs that something runs under, `zombies` to those of processes that are over and still there, `again` to
# what was stopped before; `fresh` says whether something was stopped now. Fails when something can have been missed.
pass() {
  alive=' ' zombies=' ' again='' fresh='' looks=0
  read -r _ _ _ _ from </proc/loadavg
  find_candidates
  for file in $found; do
    pid=${file#/proc/}
    look_at "${pid%/status}"
  done
  while read -r _ _ _ _ last </proc/loadavg && [ "$last" != "$from" ]; do
    # Smaller: process numbers began again from below.
    [ "$last" -gt "$from" ] && [ $looks -lt 5000 ] || return 1
    while [ "$from" -lt "$last" ]; do
      from=$((from + 1)) looks=$((looks + 1))
      [ ! -e /proc/$from ] || look_at $from
    done
  done
}

# Kills what is in `again`: all at once, since the death of a parent wakes stopped children (setpgid(2), orphaned groups).
# The owners are read once more before: a long pass leaves time for a number to be given to somebody else.
kill_stopped() {
  victims=''
  for pid in $again; do
    ! { read_owner "$pid" && is_ours "$pid"; } || victims="$victims $pid"
  done
  [ -z "$victims" ] || kill -KILL $victims
}

end() {
  ids=" $* " stopped=' ' passes=0
  read -r now _ </proc/uptime
  limit=$((${now%.*} + 3))
  while [ -n "${ids# }" ]; do
    passes=$((passes + 1)) sure=''
    pass && sure=1
    [ -n "$fresh" ] && [ $passes -lt 50 ] || kill_stopped
    read -r now _ </proc/uptime
    [ "${now%.*}" -lt $((limit - 1)) ] || zombies=' '
    rest=' '
    for id in $ids; do
      case $sure$alive$zombies in
        *" $id "* | ' '*) rest="$rest$id " ;;
        *) echo "ended $id" ;;
      esac
    done
    ids=$rest
    [ -n "${ids# }" ] && [ "${now%.*}" -le $limit ] || break
    pause=0.01
    [ "$alive" != ' ' ] || pause=0.1
    [ -n "$fresh" ] || [ -z "$sure" ] || command eval '/bin/sleep $pause'
  done
  for id in $ids; do echo "kept $id"; done
  [ -z "${ids# }" ]
}

end_recorded() {
  recorded=''
  while read -r id _; do
    case $id in "$block"[0-9][0-9][0-9]) recorded="$recorded$id " ;; esac
  done <"$1"
  tries=0
  until end $recorded || [ $tries -ge 30 ]; do tries=$((tries + 1)); done
}

main() {
  trap '' HUP INT TERM PIPE # the host says when it is over
  block=$1 groups=' '
  [ -z "$block" ] || read -r own_map </proc/self/uid_map
  pattern="^(Uid:.*[[:space:]]$block[0-9][0-9][0-9]([[:space:]]|\$)|Pid:[[:space:]]+$$\$)"
  echo ready
  while read -r verb args; do
    case $verb in
      watch) groups="$groups$args " ;;
      forget) case $groups in *" $args "*) groups="${groups%% $args *} ${groups#* $args }" ;; esac ;;
      end) end $args ;;
    esac
  done
  for group in $groups; do kill -KILL "-$group"; done
  [ -z "$block" ] || end_recorded "$2"
}

main "$@"
exit
