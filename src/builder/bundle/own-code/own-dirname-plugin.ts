import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, relative } from 'node:path'
import type { Loader, Plugin } from 'esbuild'
import { toPosix } from '../layout.ts'
import { DIRNAME } from './prelude.ts'

/**
 * Gives each local file the `__dirname` and `__filename` it has in the project. Netlify transpiles the files of an
 * ESM function in Lambda format one by one (build.md §11.5), so a helper there finds the template beside itself;
 * in one bundle it would look beside the main file. (Web-format functions are one bundle on Netlify as well.)
 */
export function createOwnDirnamePlugin(mainFile: string): Plugin {
  return {
    name: 'own-dirname',
    setup(plugin) {
      plugin.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        if (path === mainFile || path.includes('/node_modules/')) return undefined
        const text = await readFile(path, 'utf8')
        const declarations = ['__dirname', '__filename']
          .filter((name) => uses(text, name))
          .map((name) => `var ${name} = require("node:path").join(${DIRNAME}, ${wayTo(path, name)}); `)
        if (declarations.length === 0) return undefined
        // On the first line, so that every line keeps its number.
        return {
          contents: declarations.join('') + text,
          loader: extname(path).replace(/^\.[cm]?/, '') as Loader,
        }
      })
    },
  }

  function wayTo(path: string, name: string): string {
    const dir = toPosix(relative(dirname(mainFile), dirname(path)))
    return JSON.stringify(name === '__dirname' ? dir : `${dir}/${basename(path)}`)
  }
}

/** Used and not declared: who declares it has a value in mind. */
function uses(text: string, name: string): boolean {
  return text.includes(name) && !new RegExp(`\\b(const|let|var)\\s+${name}\\b`).test(text)
}
