import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Kills the process groups it was told of when its standard input ends, which happens when the host dies, however it
 * dies. A shell is all it takes: it must be small, and it must outlive a SIGKILL of the host.
 */
const PROGRAM = `
groups=' '
while read -r verb group; do
  case $verb in
    watch) groups="$groups$group " ;;
    forget) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -9 "-$group"; done 2>/dev/null
`

export class Warden {
  readonly #child: ChildProcess

  constructor() {
    this.#child = spawn('/bin/sh', ['-c', PROGRAM], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
      env: {},
    })
    this.#child.on('error', ignore)
    this.#child.stdin?.on('error', ignore)
    this.#child.unref()
    ;(this.#child.stdin as unknown as { unref?(): void } | null)?.unref?.()
  }

  watch(group: number): void {
    this.#child.stdin?.write(`watch ${group}\n`)
  }

  forget(group: number): void {
    this.#child.stdin?.write(`forget ${group}\n`)
  }

  close(): void {
    this.#child.stdin?.end()
  }
}

/** Without a warden the parent-death signal and the end of fd 3 are what is left. */
function ignore(): void {
  return
}
