import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import type { Paint } from '../observe/requests/index.ts'

export type { Paint }

/** Colours on a terminal, none elsewhere; `NO_COLOR` and `FORCE_COLOR` override that as Node defines it (node:util, styleText). */
export function createPaint(stream: Writable): Paint {
  // Asked once: styleText would read the environment for each word.
  const hasColours = styleText('red', '-', { stream, validateStream: true }) !== '-'
  return (style, text) => (hasColours ? styleText(style, text, { validateStream: false }) : text)
}
