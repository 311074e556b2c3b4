import { describe, expect, it } from 'vitest'
import { parseBlobTarget } from './blob-target.ts'

describe('parseBlobTarget', () => {
  it.each([
    ['/s1/site:notes/a', 's1', 'site:notes', 'a', 'edge'],
    ['/region:us-east-2/s1/deploy:1/a', 's1', 'deploy:1', 'a', 'edge'],
    ['/region:auto/s1/deploy:1:name/a', 's1', 'deploy:1:name', 'a', 'edge'],
    ['/s1/site:notes', 's1', 'site:notes', undefined, 'edge'],
    ['/s1/site:notes/', 's1', 'site:notes', '', 'edge'],
    ['/s1', 's1', undefined, undefined, 'edge'],
    ['/s1/?prefix=site:', 's1', undefined, undefined, 'edge'],
    ['/s1/site:notes/a///b/', 's1', 'site:notes', 'a///b/', 'edge'],
    ['/s1/site:notes/../../x', 's1', 'site:notes', '../../x', 'edge'],
    ['/s1/site:notes/a%20b%2Fc', 's1', 'site:notes', 'a b/c', 'edge'],
    ['/s1/site:notes/100%', 's1', 'site:notes', '100%', 'edge'],
    ['/s1/site:notes/%zz%E2%82%AC', 's1', 'site:notes', '%zz€', 'edge'],
    ['/s1/site:notes/%FF%41', 's1', 'site:notes', '%FF%41', 'edge'],
    ['/s1/site:notes/a?', 's1', 'site:notes', 'a', 'edge'],
    ['/api/v1/blobs/s1/site:notes/a/b', 's1', 'site:notes', 'a/b', 'api'],
    ['/api/v1/blobs/s1?prefix=x', 's1', undefined, undefined, 'api'],
    ['/api/v1/sites/s1/blobs/a?context=site:x', 's1', 'site:x', 'a', 'legacy-api'],
    ['/api/v1/sites/s1/blobs/a', 's1', 'production', 'a', 'legacy-api'],
    ['/api/v1/sites/s1/blobs', 's1', 'production', undefined, 'legacy-api'],
    ['/api/v1/sites/s1/blobs/', 's1', 'production', '', 'legacy-api'],
  ])('%s', (target, siteId, store, key, mode) => {
    expect(parseBlobTarget(target)).toMatchObject({ siteId, store, key, mode })
  })

  it.each(['', '/', '//', '*'])('refuses %j', (target) => {
    expect(parseBlobTarget(target)).toBeUndefined()
  })
})
