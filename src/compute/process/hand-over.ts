/**
 * How a function's variables reach its process where privileged programs (setpriv, bwrap) stand before it. Those are started with an
 * environment of the host's: `LD_PRELOAD` or `PATH` of a function would make them load what lies in its archive, as root. Behind the
 * last of them a shell reads the variables from descriptor 3, a line each, sets them, and becomes the program. So they
 * are in no command line either, which every process of the machine can read.
 */
const RECEIVE = `
unset OLDPWD SHLVL _
roost_newline='
'
while IFS= read -r roost_line <&3 || exit 1; do
  [ -n "$roost_line" ] || break
  eval "$roost_line"
done
unset roost_line roost_newline
`
/** What a program inherits from the host is its log alone; the runtime on Node goes on using the descriptor. */
const RUN = { keep: 'exec "$0" "$@"', close: 'exec 3<&-; exec "$0" "$@"' }

/** Names that a shell can set: of the others some would end it, or are its own and not to be changed. */
const NAME =
  /^(?!(?:OPTIND|PPID|UID|EUID|SHELLOPTS|BASHOPTS|BASH_VERSINFO|roost_line|roost_newline)$)[A-Za-z_][A-Za-z0-9_]*$/

/** `command`, begun by a shell that first takes what `toHandover` has written to descriptor 3. */
export function receiveVariables(command: readonly string[], descriptor: keyof typeof RUN): string[] {
  return ['/bin/sh', '-c', RECEIVE + RUN[descriptor], ...command]
}

/** @returns what has to be written to descriptor 3 before anything else. Names that cannot be handed over are left out. */
export function toHandover(env: Readonly<Record<string, string>>): string {
  const lines = Object.entries(env)
    .filter(([name]) => canHandOver(name))
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
  return `${lines.join('')}\n`
}

export function canHandOver(name: string): boolean {
  return NAME.test(name)
}

/** One line of shell: within single quotes nothing has a meaning but their end. */
function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`).replaceAll('\n', `'"$roost_newline"'`)}'`
}
