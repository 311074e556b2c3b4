import type { ManifestFunction } from '../artifact/manifest/index.ts'
import type { Project } from '../builder/project/index.ts'
import type { StoredNode } from '../compute/nodes/index.ts'
import { describeBackground } from './describe.ts'
import { describeWithheld, PLAIN_FEATURES } from './machine-features.ts'
import { describeNoNode, nameWanted } from './nodes.ts'
import { describeStaticFiles } from './static-files.ts'

export interface StartNotesInput {
  functions: readonly ManifestFunction[]
  project: Project
  /** The variables that functions are given. */
  variables: Readonly<Record<string, string>>
  /** The Nodes of this machine. */
  releases: readonly StoredNode[]
}

/**
 * For `roost check`: what a start here would say of the project beyond findings, as far as it can be known without one.
 * What the machine can isolate is only known by trying, and therefore said with its condition.
 */
export function listStartNotes({ functions, project, variables, releases }: StartNotesInput): string[] {
  const notes = describeBackground(functions)
  notes.push(...describeStaticFiles(project))
  for (const [major, names] of nameWanted(functions)) {
    const release = releases.find((each) => each.major === major)
    if (release === undefined) notes.push(describeNoNode(major, names))
    else if (release.path === undefined)
      notes.push(
        `The first start downloads Node ${release.version} from the npm registry (${names.join(', ')}).`,
      )
  }
  notes.push(...describeWithheld(functions, variables, PLAIN_FEATURES))
  const withheld = describeWithheld(functions, variables, { ...PLAIN_FEATURES, hidesEnvironments: false })
  notes.push(
    ...withheld.map((text) => `If this machine has no bubblewrap and Roost is not started as root: ${text}`),
  )
  return notes
}
