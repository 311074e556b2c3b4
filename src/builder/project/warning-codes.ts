/**
 * Every code of a build's warnings and of the findings of `roost check`, in the order of docs/reference/findings.md,
 * which `npm run docs` writes from this table (a test compares the two). A code is never reused for another meaning.
 * What ends a build has an error's code instead: base/errors/registry.ts.
 */
export interface WarningEntry {
  /** Where it does harm: on Netlify only, here only, or in both places. */
  where: Where
  /** What was found, for the reference page. */
  when: string
  /** What to do about it, for the reference page. */
  fix: string
}

export type Where = 'both' | 'netlify' | 'here'

export const WARNINGS = {
  // -- netlify.toml and other configuration files --
  CONFIG_KEY_UNKNOWN: {
    where: 'both',
    when: 'A key in `netlify.toml` or in a `config` export is not known to anybody.',
    fix: 'Correct its name (the message suggests the nearest), or remove it.',
  },
  CONFIG_FILE_IGNORED: {
    where: 'both',
    when: 'A JSON file written by a framework or plugin contains something that cannot be read; it counts as not set.',
    fix: 'Fix what writes the file, or run its build again.',
  },
  FUNCTIONS_DIR_MISSING: {
    where: 'both',
    when: 'The configured functions directory does not exist.',
    fix: 'Correct the path, or create the folder.',
  },
  PUBLISH_DIR_MISSING: {
    where: 'both',
    when: 'The configured publish directory does not exist.',
    fix: 'Run the build that creates it, or correct the path.',
  },
  FUNCTION_TABLE_UNUSED: {
    where: 'both',
    when: 'A `[functions.NAME]` table names a function that does not exist.',
    fix: 'Correct the name, or remove the table.',
  },
  TOML_KEY_REFUSED_ON_NETLIFY: {
    where: 'netlify',
    when: '`netlify.toml` has a key or value that only Roost accepts; a build on Netlify fails with it.',
    fix: "Move the key into a function's own table, where Netlify ignores it; keep `memory` from 1024 to 4096 MB.",
  },
  TOML_KEY_UNREAD_ON_NETLIFY: {
    where: 'netlify',
    when: '`netlify.toml` has a setting of a function that only Roost reads there; on Netlify the function behaves differently.',
    fix: "Set it in the function's `config` export as well.",
  },
  NODE_VERSION_UNKNOWN: {
    where: 'both',
    when: 'The project or a function asks for a Node version on which functions do not run, or in a form that cannot be understood; the default is used.',
    fix: 'Ask for 18, 20, 22, 24 or 26.',
  },
  NODE_VERSION_NOT_ON_NETLIFY: {
    where: 'netlify',
    when: 'The project or a function asks for a Node version that Roost has and Netlify does not have.',
    fix: 'Ask for 24 or an older one.',
  },
  RUNTIME_VARIABLE_IN_TOML: {
    where: 'both',
    when: '`netlify.toml` sets `AWS_LAMBDA_JS_RUNTIME`, which is not read from there.',
    fix: 'Set it as a variable of the site (here with `--env-file`), or write a `.nvmrc`.',
  },

  // -- what Roost does not do yet --
  SCHEDULE_NOT_FIRED: {
    where: 'here',
    when: 'A function has a `schedule`, and Roost does not start functions by schedule yet.',
    fix: 'Call the function from cron or a systemd timer until then, under a path of its own.',
  },

  // -- which files are functions --
  FILE_IGNORED: {
    where: 'both',
    when: 'A file in the functions directory looks like a function, but is not one.',
    fix: 'Rename it or move it into a folder, as the message says; or move it out of the directory.',
  },
  LINKED_FOLDER_IGNORED: {
    where: 'both',
    when: 'A link in the functions directory points to a folder, so it is not taken for a function.',
    fix: 'Put the folder itself there, or link its entry file.',
  },
  BINARY_OTHER_PLATFORM: {
    where: 'both',
    when: 'A program in the functions directory is compiled for another system or processor.',
    fix: 'Compile it for the platform that the message names.',
  },
  BINARY_IGNORED: {
    where: 'both',
    when: 'A program in the functions directory was built by neither Go nor Rust, so it is not taken for a function.',
    fix: 'Move it out of the functions directory.',
  },
  FUNCTION_SHADOWED: {
    where: 'both',
    when: 'Several files make a function of the same name, such as `hello.js` beside `hello.ts`; only one is used.',
    fix: 'Remove or rename the others; the message names the one that is used.',
  },
  FUNCTION_CHOICE_DIFFERS: {
    where: 'netlify',
    when: 'Several files make a function of the same name, and Netlify would use a different one than Roost.',
    fix: 'Keep one of them.',
  },
  FUNCTION_NAME_UNREACHABLE: {
    where: 'both',
    when: 'The name of a function contains characters that its default URL does not accept (400).',
    fix: 'Use letters, digits, `-` and `_`; or move the file out of the functions directory if it is not a function.',
  },

  // -- what the source of a function says --
  SOURCE_UNPARSABLE: {
    where: 'both',
    when: 'The main file of a function cannot be parsed, so its `config` was not read.',
    fix: 'Fix the syntax at the place that the message names.',
  },
  SYNTAX_UNREAD_ON_NETLIFY: {
    where: 'netlify',
    when: 'The main file has JSX, decorators or other syntax that Netlify does not parse: there its `config` is ignored and it is taken for a Lambda-format function.',
    fix: 'Move that syntax into another file, and import it.',
  },
  CONFIG_UNREADABLE: {
    where: 'both',
    when: 'A function exports a `config` that cannot be read without running the code.',
    fix: 'Write it as an object literal in the main file.',
  },
  CONFIG_UNREAD_ON_NETLIFY: {
    where: 'netlify',
    when: 'A `config` or one of its values has a type assertion (`as const`, `satisfies`): Netlify ignores that value without a message.',
    fix: 'Annotate the variable instead: `export const config: Config = …`.',
  },
  CONFIG_VALUE_UNREADABLE: {
    where: 'both',
    when: 'A value of a `config` is not a plain literal; it counts as not set.',
    fix: 'Write the value itself: no variables, template literals or spreads.',
  },
  CONFIG_VALUE_IGNORED: {
    where: 'both',
    when: 'A value of a `config` has the wrong type; it counts as not set.',
    fix: 'Use a value of the type that the message names.',
  },
  CONFIG_WITHOUT_EFFECT: {
    where: 'both',
    when: 'A `config` has `method`, `excludedPath` or `preferStatic` without `path`.',
    fix: 'Add `path`, or remove them.',
  },
  CONFIG_IGNORED: {
    where: 'both',
    when: 'A Lambda-format function exports a `config`, which is read for web-format functions only.',
    fix: 'Export a default function instead of `handler`, or set it in `netlify.toml`.',
  },
  SETTING_ERASED: {
    where: 'both',
    when: 'A `config` has a key whose value cannot be read; this erases the value that `netlify.toml` sets for it.',
    fix: 'Write the value as a literal, or remove the key from the `config`.',
  },
  EVENT_HANDLER_QUOTED: {
    where: 'both',
    when: 'An event handler of the default export has a quoted name, so it is not found.',
    fix: 'Remove the quotes.',
  },
  HANDLER_MISSING: {
    where: 'both',
    when: 'The main file has neither a default export nor an export called `handler`.',
    fix: 'Export one; or move the file out of the functions directory if it is not a function.',
  },
  SCHEDULE_NOT_SEEN: {
    where: 'both',
    when: '`schedule()` is called as a property of its package. It is not found that way, so the function is not scheduled.',
    fix: "Import it by name: `import { schedule } from '@netlify/functions'`.",
  },
  HELPER_UNSEEN_ON_NETLIFY: {
    where: 'netlify',
    when: "`schedule()` or `stream()` is imported from `roost-functions`: Netlify's build only looks for those of `@netlify/functions`.",
    fix: 'Import it from `@netlify/functions`, or use the web format, which needs neither.',
  },
  SCHEDULE_DIALECT: {
    where: 'netlify',
    when: 'A schedule passes the build, but has neither the five fields nor one of the shortcuts that Netlify documents.',
    fix: 'Write five fields: minute, hour, day of month, month, day of week.',
  },

  // -- what is in a bundle --
  BUNDLER_FALLBACK: {
    where: 'both',
    when: 'The bundler failed on a function, so its files are shipped unbundled.',
    fix: 'Fix the error that it reports, or set `node_bundler = "zisi"`.',
  },
  ESBUILD_WARNING: {
    where: 'both',
    when: "The bundler found something suspicious in the function's own code.",
    fix: 'Look at the place that the message names.',
  },
  IMPORT_META_EMPTY: {
    where: 'both',
    when: 'A function that becomes CommonJS uses `import.meta`, which is empty there.',
    fix: 'Use `__dirname` and `__filename`, or name the file `.mts` or `.mjs`.',
  },
  MODULE_SYNTAX_UNDETECTED: {
    where: 'both',
    when: 'A function on Node 18 uses an ES module in a `.js` file, and no `package.json` says so: Node 18 takes it for CommonJS.',
    fix: 'Rename it to `.mjs`, set `"type": "module"`, or use Node 20 or later.',
  },
  PEER_MISSING: {
    where: 'both',
    when: 'A package has a peer dependency that is not installed.',
    fix: 'Run the command that the message names, unless the function works without it.',
  },
  INCLUDED_FILES_EMPTY: {
    where: 'both',
    when: 'A pattern of `included_files` matches no file.',
    fix: 'Correct the pattern: patterns are relative, and a folder is written `data/**`.',
  },
  FILE_OUTSIDE_REPOSITORY: {
    where: 'both',
    when: 'A function uses a file outside the repository; it is left out.',
    fix: 'Copy the file into the project.',
  },
  PACKAGE_OUTSIDE_REPOSITORY: {
    where: 'netlify',
    when: 'A package is a link to a folder outside the repository, as `npm link` creates it. Its files are in the bundle here; a build on Netlify does not have them.',
    fix: 'Publish the package or put it into the repository before you deploy.',
  },
  FILE_NOT_BUNDLED: {
    where: 'both',
    when: 'A function reads a file of the project at run time, and its bundle does not contain the file.',
    fix: 'Name it in `included_files`, and read it relative to `process.cwd()`.',
  },
  PACKAGE_NOT_BUNDLED: {
    where: 'both',
    when: 'A function, or a package that it uses, loads an installed package, or a file of one, that is not in the bundle: its name is known only when the code runs.',
    fix: 'List the package in `external_node_modules`, or the file in `included_files`, as the message says.',
  },
  WORKING_DIRECTORY_DIFFERS: {
    where: 'netlify',
    when: 'A function reads a file relative to its working directory, which is different on Netlify: there it is the deepest folder that contains all files of the bundle, here it is always the base directory.',
    fix: 'Read the file relative to the main file: `new URL("./x", import.meta.url)`, or `__dirname`.',
  },
  NATIVE_OTHER_PLATFORM: {
    where: 'both',
    when: 'Compiled code in a bundle is for another system or processor only. Netlify runs functions on Linux, x64, glibc.',
    fix: 'Install the package for that platform too: `npm install --os=linux --cpu=x64 --libc=glibc PACKAGE`.',
  },
  JS_BESIDE_TS: {
    where: 'both',
    when: 'A function uses `x.js` although `x.ts` lies beside it: often it is old output of a compiler.',
    fix: 'Remove the `.js` file, or the `.ts` file if it is the older one.',
  },
  DIRNAME_REDECLARED: {
    where: 'netlify',
    when: 'An ES module function declares `__dirname` or `__filename` at its top level. Roost loads it; on Netlify the bundle declares the same name a second time and does not load.',
    fix: 'Remove the declaration, since functions have both names anyway; or use other names.',
  },
  BUNDLE_TOO_LARGE: {
    where: 'netlify',
    when: 'The files of a function are more than 250 MB, which is what fits into a function on Netlify.',
    fix: 'Exclude files with `!` patterns in `included_files`, or split the function.',
  },

  // -- redirect and header rules --
  REDIRECT_UNREADABLE: {
    where: 'both',
    when: 'A redirect rule cannot be read. It is left out, the others count.',
    fix: 'Correct the line that the message names.',
  },
  REDIRECT_STATUS_UNKNOWN: {
    where: 'both',
    when: 'A redirect rule has a status that no rule can have. It is left out.',
    fix: 'Use 200, 301, 302, 303, 307, 308, or one from 400 to 599.',
  },
  REDIRECT_WORD_IGNORED: {
    where: 'both',
    when: 'A line of `_redirects` has a word without `=` where a parameter or condition is expected. The rule counts without it.',
    fix: 'Write `name=value`, or remove the word. A path cannot contain spaces: write `%20`.',
  },
  REDIRECT_RATE_LIMIT_IGNORED: {
    where: 'here',
    when: 'A redirect rule has a `rate_limit`, which Roost does not apply: the rule counts without it.',
    fix: 'If the rule leads to a function, set `rateLimit` in its `config`. In front of another server, limit there, or in the proxy in front of Roost.',
  },
  HEADER_RULE_UNREADABLE: {
    where: 'both',
    when: 'A header rule, or one of its headers, cannot be read or cannot be sent. It is left out, the others count.',
    fix: 'Correct the line that the message names.',
  },
  HEADER_IGNORED: {
    where: 'both',
    when: 'A header rule sets a header that the server sets itself, such as `Content-Length`.',
    fix: 'Remove it.',
  },
  BASIC_AUTH_INVALID: {
    where: 'both',
    when: 'A `Basic-Auth` has a word that is not `user:password`. The path is protected, and that user cannot log in.',
    fix: 'Write `user:password`, several separated by spaces; without spaces or commas in passwords.',
  },

  REDIRECT_SHADOWED: {
    where: 'both',
    when: 'A redirect rule never applies, because an earlier rule matches all its requests.',
    fix: 'Move it above the other rule, or remove it.',
  },
  REDIRECT_LOOP: {
    where: 'both',
    when: 'Redirects lead in a circle: browsers show an error.',
    fix: 'Point one of the rules elsewhere.',
  },
  REDIRECT_NEVER_APPLIES: {
    where: 'both',
    when: 'A redirect rule can match no request: it has a condition that does not exist, a `?` or a star inside a part of the path, or its target is the path itself.',
    fix: 'Correct the rule as the message says, or remove it.',
  },
  REDIRECT_TAKEN: {
    where: 'both',
    when: 'A redirect rule never applies, because a function or, for a rule without `!`, a file has its path.',
    fix: 'Write `!` behind the status for a rule that is to hold over a file; change one of the paths for a function.',
  },
  REDIRECT_TARGET_MISSING: {
    where: 'both',
    when: 'A redirect rule leads to a path of the site where there is neither a file nor a function.',
    fix: 'Correct the target; the message suggests the function that was probably meant.',
  },
  REDIRECT_STATUS_ON_NETLIFY: {
    where: 'netlify',
    when: 'A redirect rule has the status 307, which Netlify does not support in rules.',
    fix: 'Use 302 or 308.',
  },
  HEADER_RULE_IDLE: {
    where: 'both',
    when: 'A header rule is for a path of a function, redirect, rewrite or proxy: their responses do not get its headers.',
    fix: "Set the headers in the function's response, or write the path of the target.",
  },

  // -- requests --
  ROUTE_SHADOWED: {
    where: 'both',
    when: 'A route never gets a request, because the pattern of an earlier function matches all of them.',
    fix: 'Narrow the earlier pattern (`method`, `excludedPath`), or rename the files: functions are matched in the order of their names.',
  },
  ROUTE_UNREACHABLE: {
    where: 'both',
    when: 'A `path` lies below `/.netlify/functions`, `/.netlify/builders` or `/.netlify/images`, where custom paths have no effect.',
    fix: 'Choose another path; for the default URL of the function leave `path` out.',
  },
  DEFAULT_URL_HIDDEN: {
    where: 'both',
    when: 'The project uses the default URL of a function that has a `path` and therefore has no default URL.',
    fix: 'Use the path instead of the default URL.',
  },

  // -- variables --
  TOML_VARIABLE_READ: {
    where: 'both',
    when: 'A function reads a variable that is set only in `netlify.toml`: in production, functions do not see it.',
    fix: 'Set it for the site on Netlify, and with `--env-file` here.',
  },
  ENV_NAME_INVALID: {
    where: 'netlify',
    when: 'A variable has a name that Netlify does not accept.',
    fix: 'Use letters, digits and `_`, a letter first, 255 at most.',
  },
  ENV_NAME_RESERVED: {
    where: 'netlify',
    when: 'A variable has a name that Netlify reserves.',
    fix: 'Choose another name.',
  },
  ENV_TOO_LARGE: {
    where: 'netlify',
    when: 'The names and values of all variables together exceed the 4 KB that functions on Netlify may have.',
    fix: 'Keep large values in files or in a store.',
  },

  // -- of a start and a build --
  SETTING_UNKNOWN: {
    where: 'here',
    when: 'A variable of the environment begins with `ROOST_` and is not a setting; it was ignored.',
    fix: 'Correct its name (the message suggests the nearest), or unset it. [Settings](settings.md) and [limits](limits.md) list all names.',
  },
  FUNCTIONS_LEFT_OUT: {
    where: 'here',
    when: '`roost serve --prebuilt` serves a build that was made with `--allow-broken`, and that functions are missing from.',
    fix: 'Fix the functions that the message names, and build again.',
  },

  // -- not offered here --
  EDGE_FUNCTIONS_NOT_OFFERED: {
    where: 'here',
    when: 'The project, or what its framework built, has edge functions or middleware, which Roost does not run: `roost serve` does not start.',
    fix: 'Rewrite them as functions with a `path`. If nothing depends on them, start with `roost serve --ignore-edge-functions`.',
  },
  IMAGE_CDN_NOT_OFFERED: {
    where: 'here',
    when: 'The project uses the image CDN, which Roost does not have: `/.netlify/images` answers 404.',
    fix: 'Transform images when the site is built, or in a function.',
  },
  SPLIT_TESTING_NOT_OFFERED: {
    where: 'here',
    when: 'The project takes part in split testing, which Roost does not have.',
    fix: 'Decide in a function, with a cookie of your own.',
  },
  BUILD_PLUGINS_NOT_RUN: {
    where: 'here',
    when: '`netlify.toml` lists build plugins, which Roost does not run.',
    fix: 'Do their work in your own build command, before Roost builds.',
  },
} as const satisfies Record<string, WarningEntry>

export type WarningCode = keyof typeof WARNINGS
