import type { Schema } from './schema.ts'

/**
 * The one source of truth for the keys of netlify.toml with Roost's additions (D15): the check of a project
 * reads it (check-toml.ts), and docs/reference/netlify-toml.schema.json, which editors read, is this value.
 * Sources: build.md §5.1, dev-and-edge.md §1.3 and §6.2.
 */

const text = (description: string): Schema => ({ type: 'string', description })
const flag = (description: string): Schema => ({ type: 'boolean', description })
const port = (description: string): Schema => ({ type: 'integer', minimum: 1, maximum: 65535, description })
const texts = (description: string): Schema => ({ type: 'array', items: { type: 'string' }, description })
const open = (description: string): Schema => ({ type: 'object', additionalProperties: true, description })
const openList = (description: string): Schema => ({
  type: 'array',
  items: { type: 'object', additionalProperties: true },
  description,
})

/** Keys whose values the parser of rules judges: a wrong one costs a rule, not the build (dev-and-edge.md §2.2). */
const ruleList = (keys: Record<string, string>, description: string): Schema => ({
  type: 'array',
  items: {
    type: 'object',
    properties: Object.fromEntries(Object.entries(keys).map(([key, about]) => [key, { description: about }])),
    additionalProperties: false,
  },
  description,
})

const redirects = ruleList(
  {
    from: 'Path, such as "/old/*", or a full URL.',
    to: 'Path or URL that it leads to; ":splat" and ":name" stand for what matched.',
    status: '301 unless said otherwise; 200 shows the target under the same URL.',
    force: 'true: also where a file has the path.',
    query: 'Parameters that the request must have: name = "value" or name = ":name".',
    conditions: 'Country, Language, Role, Cookie: lists of texts.',
    headers: 'Headers for the server that the rule proxies to.',
    signed: 'Name of the variable whose value signs the request to that server.',
    origin: 'Older name of from.',
    destination: 'Older name of to.',
    params: 'Older name of query.',
    parameters: 'Older name of query.',
    sign: 'Older name of signed.',
    signing: 'Older name of signed.',
    rate_limit: 'Rate limit on Netlify. Roost ignores it, with a warning.',
    edge_handler: 'Older key of Netlify without effect.',
    edge_handlers: 'Older key of Netlify without effect.',
  },
  'Redirect and rewrite rules.',
)

const headers = ruleList(
  { for: 'Path, such as "/assets/*".', values: 'A table of headers.' },
  'Headers of files.',
)

const environment: Schema = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean'] },
  description: 'Variables of builds and of dev. Functions in production do not see them.',
}

/** Keys that may stand directly under `[functions]`, for every function, and in a function's own table. */
const sharedFunctionKeys: Record<string, Schema> = {
  included_files: texts('Globs of files to ship with the function, relative to the base directory.'),
  external_node_modules: texts('Packages to ship as they are instead of bundling them.'),
  ignored_node_modules: texts('Packages neither bundled nor shipped.'),
  node_bundler: {
    enum: ['esbuild', 'nft', 'zisi', 'none'],
    description: 'Bundler of Lambda-format functions.',
  },
  schedule: {
    type: 'string',
    format: 'cron',
    description: 'Cron expression in UTC: five fields, or @daily and the like.',
  },
  memory: {
    type: ['integer', 'string'],
    minimum: 1,
    format: 'memory',
    description: 'Memory of an instance: megabytes, or text such as "2gb". Netlify offers 1024 to 4096.',
  },
  vcpu: {
    type: 'number',
    minimum: 0.5,
    maximum: 2,
    description: 'CPU share; sets memory with it on Netlify.',
  },
  region: text('Region on Netlify, such as "cmh". Here it has no effect.'),
  deno_import_map: text('Import map of edge functions.'),
  concurrency: { type: 'integer', minimum: 1, description: 'Roost: invocations at once in one instance.' },
  timeout: {
    type: 'number',
    exclusiveMinimum: 0,
    description: 'Roost: seconds that an invocation may take.',
  },
  max_instances: { type: 'integer', minimum: 1, description: 'Roost: instances of the function at most.' },
  network: { enum: ['all', 'none'], description: 'Roost: whether the function reaches the network.' },
}

const functionTable: Schema = {
  type: 'object',
  properties: {
    ...sharedFunctionKeys,
    name: text('Name to show for the function; its URL does not change.'),
    background: flag('Run in the background: the response is 202, at once.'),
    directory: {
      not: {},
      description: 'is allowed directly under [functions] only: one directory holds all functions',
    },
  },
  additionalProperties: false,
  description: 'Settings of the functions whose name matches this glob.',
}

const functions: Schema = {
  type: 'object',
  properties: {
    directory: orFunction(text('Functions directory, relative to the base directory.')),
    ...Object.fromEntries(
      Object.entries(sharedFunctionKeys).map(([key, schema]) => [key, orFunction(schema)]),
    ),
  },
  additionalProperties: { $ref: '#/$defs/functionTable' },
  description: 'Keys for every function, and a table for each function name or glob.',
}

/** A table that is called like a key is a function of that name (build.md §5.1). */
function orFunction(schema: Schema): Schema {
  return { anyOf: [schema, { $ref: '#/$defs/functionTable' }] }
}

const processing: Schema = open('Post-processing of static files on Netlify.')

const buildKeys: Record<string, Schema> = {
  base: text('Directory of the site, relative to the repository root.'),
  publish: text('Directory of the static files, relative to the base directory.'),
  command: text('Build command. Roost does not run it.'),
  functions: text('Older spelling of [functions] directory.'),
  edge_functions: text('Directory of edge functions, which Roost does not offer.'),
  ignore: text('Command that decides whether Netlify skips a build.'),
  ignore_command: text('Older spelling of ignore.'),
  environment,
  processing,
  services: open('Backends of large media.'),
}

const build: Schema = {
  type: 'object',
  properties: buildKeys,
  additionalProperties: false,
  description: 'The build.',
}

const context: Schema = {
  type: 'object',
  properties: {
    ...buildKeys,
    build,
    functions: { anyOf: [text('Functions directory.'), { $ref: '#/$defs/functions' }] },
    edge_functions: { anyOf: [text('Directory of edge functions.'), openList('Edge functions.')] },
    plugins: openList('Build plugins.'),
    headers,
    redirects,
  },
  additionalProperties: false,
  description: 'Keys for one deploy context or branch; they win over the others.',
}

const dev: Schema = {
  type: 'object',
  properties: {
    framework: text('#auto, #static, #custom, or the id of a framework.'),
    command: text('Command that starts the app server.'),
    targetPort: port('Port of the app server.'),
    port: port('Port of the dev server.'),
    publish: text('Directory of static files in dev.'),
    functions: text('Functions directory in dev.'),
    functionsPort: port('Port of the functions server.'),
    edgeFunctionsPort: port('Port of the edge functions server.'),
    staticServerPort: port('Port of the static server.'),
    autoLaunch: flag('Open the browser.'),
    https: {
      type: 'object',
      properties: { certFile: text('Certificate.'), keyFile: text('Private key.') },
      additionalProperties: false,
      description: 'Serve https in dev.',
    },
    envFiles: texts('Files of variables, the strongest first.'),
    jwtSecret: text('Secret that role conditions check tokens with.'),
    jwtRolePath: text('Path to the roles in a token.'),
    base: text('Working directory of the command.'),
    watchIgnore: texts('Globs of files whose changes are ignored.'),
    pollingStrategies: texts('How to check that the app server is up: TCP, HTTP.'),
    processing,
    skipWaitPort: flag('Do not wait for the app server.'),
    envelope: flag('Older key without effect.'),
  },
  additionalProperties: false,
  description: 'Settings of the dev server.',
}

export const TOML_SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'netlify.toml, as Roost reads it',
  type: 'object',
  properties: {
    build,
    functions: { $ref: '#/$defs/functions' },
    context: {
      type: 'object',
      additionalProperties: { $ref: '#/$defs/context' },
      description: 'Deploy contexts.',
    },
    dev,
    redirects,
    headers,
    edge_functions: openList('Edge functions, which Roost does not offer.'),
    plugins: openList('Build plugins, which Roost does not run.'),
    images: {
      type: 'object',
      properties: { remote_images: texts('Allowed sources of the image CDN, which Roost does not offer.') },
      additionalProperties: false,
      description: 'Image CDN.',
    },
    template: open('Variables asked for by the "Deploy to Netlify" button.'),
    integrations: openList('Netlify integrations.'),
    settings: open('Settings of the site.'),
    database: open('Netlify database.'),
    db: open('Netlify database.'),
    blobs: open('Netlify Blobs.'),
    ai: open('Netlify AI gateway.'),
  },
  additionalProperties: false,
  $defs: { functions, functionTable, context },
}

/** Keys that may stand directly under `[functions]` beside `directory`. */
export const SHARED_FUNCTION_KEYS: readonly string[] = Object.keys(sharedFunctionKeys)

/** Keys that a function's own table may have. */
export const TABLE_FUNCTION_KEYS: readonly string[] = [...SHARED_FUNCTION_KEYS, 'name', 'background']
