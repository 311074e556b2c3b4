import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { NEXT_IMAGES_SENTENCE, usesNextImages, type WarningCode } from '../../project/index.ts'
import type { RuleFinding } from '../finding.ts'
import { findMentions } from '../mentions.ts'
import type { CheckInput } from '../rule.ts'

/**
 * What Netlify has and Roost has not (D6), as far as a project's files show that it is used. The build reports edge
 * functions.
 */
export async function findNotOffered(input: CheckInput): Promise<RuleFinding[]> {
  const found = await Promise.all([findImages(input), findSplitTesting(input)])
  return [...found.flat(), ...findPlugins(input)]
}

async function findImages(input: CheckInput): Promise<RuleFinding[]> {
  const advice = 'which responds with 404 here. Transform images when the site is built, or in a function.'
  const mentions = await findMentions(/\/\.netlify\/images\b/g, input.project, input.sources)
  return [
    ...mentions.map(({ file, line }) => ({
      code: 'IMAGE_CDN_NOT_OFFERED' as const,
      message: `${input.show(file)}:${line} uses the image CDN, /.netlify/images, ${advice}`,
      file,
      line,
    })),
    ...atKey(input, 'images', 'IMAGE_CDN_NOT_OFFERED', (at) => `${at} sets up the image CDN, ${advice}`),
    ...((await usesNextImages(input.project))
      ? [{ code: 'IMAGE_CDN_NOT_OFFERED' as const, message: NEXT_IMAGES_SENTENCE }]
      : []),
  ]
}

/** It is set up in Netlify's interface; what shows are its cookie and the functions that hear of it. */
async function findSplitTesting(input: CheckInput): Promise<RuleFinding[]> {
  const advice =
    'Roost does not offer split testing. Choose the variant in a function, with a cookie of your own.'
  const mentions = await findMentions(/\bnf_ab\b/g, input.project, input.sources)
  return [
    ...mentions.map(({ file, line }) => ({
      code: 'SPLIT_TESTING_NOT_OFFERED' as const,
      message: `${input.show(file)}:${line} uses the cookie of split tests, nf_ab. ${advice}`,
      file,
      line,
    })),
    ...input.functions
      .filter(({ source }) => /^split-test-(activated|deactivated|modified)(-background)?$/.test(source.name))
      .map(({ source }) => ({
        code: 'SPLIT_TESTING_NOT_OFFERED' as const,
        message: `${input.show(source.mainFile)} runs when a split test changes, which never happens here. ${advice}`,
        functionName: source.name,
        file: source.mainFile,
      })),
  ]
}

/** Where Netlify's tools have built the project, they have run them. */
function findPlugins(input: CheckInput): RuleFinding[] {
  if (existsSync(join(input.project.buildDir, '.netlify/functions'))) return []
  return atKey(
    input,
    'plugins',
    'BUILD_PLUGINS_NOT_RUN',
    (at) =>
      `${at} lists build plugins, which Roost does not run. Run what they do in your own build command, or run "npx netlify build --offline" first.`,
  )
}

/** A finding at a section of netlify.toml, when it is there and not empty. */
function atKey(
  { project, toml, show }: CheckInput,
  key: string,
  code: WarningCode,
  write: (at: string) => string,
): RuleFinding[] {
  const value = toml?.data[key]
  if (toml === undefined || value === undefined || (Array.isArray(value) && value.length === 0)) return []
  const place = toml.findPlace([key]) ?? { line: 1, column: 1 }
  const file = project.configFile ?? toml.file
  return [{ code, message: write(`${show(file)}:${place.line}`), file, ...place }]
}
