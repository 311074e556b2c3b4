// What the drivers share. They are plain JavaScript: how fast Node strips types is not what is measured.

/**
 * Answers each of the bench's commands, `{ dir, outDir, edited }`, when the build is done, with how many functions came
 * out. `edited` is the file that was changed before; absent for the first build.
 *
 * @param {(command: { dir: string, outDir: string, edited?: string }) => Promise<number>} build
 */
export function serveBuilds(build) {
  process.on('message', (command) => {
    build(command).then(
      (functions) => process.send({ functions }),
      (error) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
}
