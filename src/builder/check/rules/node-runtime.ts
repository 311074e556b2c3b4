import { listBuildPaths, parseNodeMajor } from '../../project/index.ts'
import type { RuleFinding } from '../finding.ts'
import type { CheckInput } from '../rule.ts'

/** Node versions that functions run on here and not on Netlify (D16). */
const ONLY_HERE = new Set([26])

/** Node versions that are asked for in vain: where nobody reads it, or where Netlify does not have it. */
export function findNodeRuntimes(input: CheckInput): RuleFinding[] {
  const { project, functions, show } = input
  const findings = findRuntimeVariable(input)
  const isOnlyHere = (version: string | undefined) => ONLY_HERE.has(parseNodeMajor(version) ?? 0)
  if (isOnlyHere(project.nodeVersion))
    findings.push({
      code: 'NODE_VERSION_NOT_ON_NETLIFY',
      message: `${project.nodeVersionFrom} asks for Node ${project.nodeVersion}, which Netlify does not have. Ask for 24 or an older one.`,
    })
  for (const { source, analysis } of functions) {
    const version = analysis?.config.nodeVersion
    if (!isOnlyHere(version)) continue
    const place = analysis?.places.nodeVersion
    findings.push({
      code: 'NODE_VERSION_NOT_ON_NETLIFY',
      message: `${show(source.mainFile)}:${place?.line ?? 1} asks for Node ${version}, which Netlify does not have. Ask for 24 or an older one.`,
      functionName: source.name,
      file: source.mainFile,
      ...place,
    })
  }
  return findings
}

/** Netlify takes it from the site's variables only (build.md §12), and so does Roost. */
function findRuntimeVariable({ toml, show }: CheckInput): RuleFinding[] {
  if (toml === undefined) return []
  const contexts = Object.keys((toml.data.context as Record<string, unknown> | undefined) ?? {})
  const paths = listBuildPaths(contexts, 'environment', 'AWS_LAMBDA_JS_RUNTIME')
  return paths.flatMap((path) => {
    const place = toml.findPlace(path, { exact: true })
    if (place === undefined) return []
    return [
      {
        code: 'RUNTIME_VARIABLE_IN_TOML' as const,
        message: `${show(toml.file)}:${place.line} sets AWS_LAMBDA_JS_RUNTIME, which is not read from there. Set it as a variable of the site, here with --env-file.`,
        file: toml.file,
        ...place,
      },
    ]
  })
}
