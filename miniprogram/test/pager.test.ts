import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pager } from '../src/lib/pager'

/** 45 rows, read 20 at a time. */
function rows(): { pager: Pager<number>; asked: string[] } {
  const asked: string[] = []
  const pager = new Pager<number>(async (cursor) => {
    asked.push(cursor)
    await Promise.resolve()
    const from = Number(cursor || 0)
    const items = Array.from({ length: Math.min(20, 45 - from) }, (_, i) => from + i)
    return { items, next: from + 20 < 45 ? String(from + 20) : '' }
  })
  return { pager, asked }
}

test('a list is read a page at a time, to its end and no further', async () => {
  const { pager, asked } = rows()
  const all = [...(await pager.first()), ...(await pager.more()), ...(await pager.more())]
  assert.deepEqual(all, Array.from({ length: 45 }, (_, i) => i))
  assert.ok(pager.done)
  assert.deepEqual(await pager.more(), [])
  assert.deepEqual(asked, ['', '20', '40'])
})

test('scrolling fast reads a page once', async () => {
  const { pager, asked } = rows()
  await pager.first()
  const [one, other] = await Promise.all([pager.more(), pager.more()])
  assert.equal(one.length + other.length, 20)
  assert.deepEqual(asked, ['', '20'])
})

test('a page that failed can be read again', async () => {
  let fails = true
  const pager = new Pager<number>(() => (fails ? Promise.reject(new Error('no network')) : Promise.resolve({ items: [1], next: '' })))
  await assert.rejects(pager.first())
  fails = false
  assert.deepEqual(await pager.first(), [1])
})
