// What citations are made of, and how far a page that is named holds.

export interface Block {
  text: string
  /** Number of its first line. */
  line: number
}

/** A comment, a paragraph, or a line of code: what one named page holds for. */
export function splitBlocks(path: string, text: string): Block[] {
  const isMarkdown = path.endsWith('.md')
  const isComment = (line: string) => /^\s*(\/\/|\/?\*|#(?!!))/.test(line)
  const isRunning = (line: string) =>
    isMarkdown ? line.trim() !== '' && !/^\s*(\||#|[-*] |\d+\. )/.test(line) : isComment(line)
  const blocks: Block[] = []
  let canGoOn = false
  for (const [index, line] of text.split('\n').entries()) {
    if (canGoOn && isRunning(line)) blocks.at(-1)!.text += `\n${line}`
    else blocks.push({ text: line, line: index + 1 })
    canGoOn = isMarkdown ? line.trim() !== '' && !/^\s*[|#]/.test(line) : isComment(line)
  }
  return blocks
}

/** What can be a citation, or part of one. The order matters: the longer form first. */
export const TOKEN = new RegExp(
  [
    /^\s*case \d+:/, // of a switch
    /(?<old>\b[Dd]ecisions?\s+\d+[a-z]?|\bdesign,\s+section\s+\d+|\bdesign\.md)/,
    /(?<anchor>\bdocs\/[\w./-]+\.md(?:#[\w-]+)?)/,
    /\]\((?<link>(?!https?:)[^)#\s]*#[\w-]+)\)/,
    /(?<page>\b[a-z][a-z-]*\.md\b)(?!#)/,
    /\b(?<alias>DA|RT|DE)(?= §| \d)/,
    /(?<rfc>\bRFC\s+\d+,?\s+§[\d.]+)/,
    /§{1,2}(?<section>\d+(?:\.\d+)*)(?:–§?(?<lastSection>\d+(?:\.\d+)*))?/,
    /\b(?<cases>[Cc]ases?\s+[XEHJOC]?\d+[a-z]?\b(?:(?:–|,\s+|\s+and\s+|\s+to\s+)(?!§)[XEHJOC]?\d+[a-z]?\b)*)/,
    /(?<![\w%.\\#&-])(?<rule>D\d{1,3}[a-z]?)(?![\w-])/,
    /(?<![\w%.\\#&-])(?<letter>[XEHJOC]\d{1,3})(?![\w%])/,
    /\bADR\s+(?<adr>\d+)/,
  ]
    .map((part) => part.source)
    .join('|'),
  'gm',
)

/** What stands between a page and what is cited of it. Behind anything else a page of the contract means itself again. */
const WITHIN_CITATION = /^[\s`'’s,;()[\]*/]*(?:(?:and|or|to|row \d+|item \d+|first|its)[\s,;]*)*$/

/** Whether what stands behind `between` is cited of the page before it. */
export function isPartOfCitation(between: string): boolean {
  return WITHIN_CITATION.test(between)
}

/** A text whose lines begin without the marks of comments, and as long as before. */
export function blankMarks(text: string): string {
  return text.replace(/\n\s*(?:\*|\/\/|#)/g, (mark) => '\n'.padEnd(mark.length))
}

/** Whether `offset` is in a page, behind a comment's mark, or at the start of a quoted title. */
export function isProse(path: string, text: string, offset: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', offset) + 1, offset)
  return path.endsWith('.md') || /^\s*(\/\/|\/?\*|#)|\s\/\/ |['"`]$/.test(line)
}
