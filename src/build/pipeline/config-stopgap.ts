import { readFile } from 'node:fs/promises'
import type { BuildWarning, FunctionConfig } from '../config/index.ts'
import type { FunctionSource } from '../discover/index.ts'

/** Stands in for config/ until it arrives: format and literal paths only, by looking at the text. */
export async function resolveFunctionConfig(
  source: FunctionSource,
): Promise<{ config: FunctionConfig; warnings: BuildWarning[] }> {
  const text = await readFile(source.mainFile, 'utf8')
  const isWeb =
    /export default|exports\.default/.test(text) && !/(export const|exports\.)\s*handler/.test(text)
  const block = /export const config[^=]*=\s*({[\s\S]*?})\s*(;|$|\n\n)/m.exec(text)?.[1] ?? ''
  const list = (key: string) =>
    [
      ...(new RegExp(`\\b${key}:\\s*(\\[[^\\]]*\\]|'[^']*'|"[^"]*")`).exec(block)?.[1] ?? '').matchAll(
        /['"]([^'"]+)['"]/g,
      ),
    ].map((match) => match[1] ?? '')
  const methods = list('method')
  const isBackground = source.name.endsWith('-background') || /background:\s*true/.test(block)
  return {
    config: {
      runtimeApi: isWeb ? 2 : 1,
      inputModuleFormat: /^(import|export)\b/m.test(text) ? 'esm' : 'cjs',
      routes: list('path').map((pattern) => ({
        pattern,
        methods,
        ...(/preferStatic:\s*true/.test(block) ? { preferStatic: true as const } : {}),
      })),
      excludedRoutes: list('excludedPath').map((pattern) => ({ pattern })),
      ...(isBackground
        ? { invocationMode: 'background' as const }
        : isWeb
          ? { invocationMode: 'stream' as const }
          : {}),
      includedFiles: [],
      externalNodeModules: [],
      ignoredNodeModules: [],
      eventSubscriptions: [],
      priority: 10,
    },
    warnings: [],
  }
}
