import { readFileSync, readlinkSync } from 'node:fs'

/**
 * The record of a block of user IDs, a text file: a line that says when and where its IDs count, then each ID that was given
 * out, a line each. It is written before the first process runs under an ID (D125).
 */
export interface IdRecord {
  place: Place
  ids: ReadonlySet<number>
}

/** Where process numbers and user IDs mean the same: one boot, one PID namespace, one user namespace. */
export interface Place {
  boot: string
  namespaces: string
}

export function readPlace(): Place {
  return {
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    namespaces: `${readlinkSync('/proc/self/ns/pid')} ${readlinkSync('/proc/self/ns/user')}`,
  }
}

export function formatHead({ boot, namespaces }: Place): string {
  return `${boot} ${namespaces}\n`
}

/** @returns undefined for an empty file. What cannot be read is another place's. */
export function parseRecord(text: string): IdRecord | undefined {
  if (text === '') return undefined
  const [head, ...lines] = text.split('\n')
  const [, boot = '', namespaces = ''] = /^(\S+) (.+)$/.exec(head!) ?? []
  return { place: { boot, namespaces }, ids: new Set(lines.filter((line) => line !== '').map(Number)) }
}
