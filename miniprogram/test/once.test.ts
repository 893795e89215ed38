import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newKey, Once } from '../src/lib/once'

test('the same content goes under the same number, however often it is sent', () => {
  const once = new Once()
  assert.equal(once.keyOf({ topic: '地界' }), once.keyOf({ topic: '地界' }))
})

test('changed content is another request, and so is what comes after it was done', () => {
  const once = new Once()
  const first = once.keyOf({ topic: '地界' })
  assert.notEqual(once.keyOf({ topic: '赡养' }), first)
  const second = once.keyOf({ topic: '赡养' })
  once.done()
  assert.notEqual(once.keyOf({ topic: '赡养' }), second)
})

test('a number is one that the server takes', () => {
  const keys = Array.from({ length: 1000 }, newKey)
  assert.ok(keys.every((k) => /^[!-~]{1,128}$/.test(k)))
  assert.equal(new Set(keys).size, keys.length)
})
