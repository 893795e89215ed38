import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isDanger } from '../src/lib/danger'

describe('words of violence or self-harm bring up 110 and 12348', () => {
  for (const text of ['他喝了酒就打我', '老公家暴三年了', '我不想活了', '邻居拿刀来我家', '说要 弄 死 我', '喝农药', '被人关起来不让走', '有人威胁我全家', '不 想\n活']) {
    test(text, () => assert.equal(isDanger(text), true))
  }
})

describe('and others do not', () => {
  for (const text of ['', '宅基地边界', '邻居把我家的树砍了树', '打工的工资没有给', '打官司要多少钱', '卖杀虫剂的货款', '砍价没有谈成', '打了借条', '赡养费']) {
    test(text || 'nothing', () => assert.equal(isDanger(text), false))
  }
})
