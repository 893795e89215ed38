import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addDays, beijing, clockOf, dayOf, mondayOf, monthOf, parseTime, sayAgo, sayClock, sayDay, sayLeft, sayMinutes, sayRange, sayTime, sayWeekly } from '../src/lib/times'

const at = (text: string): Date => parseTime(`${text}+08:00`)
const monday = at('2026-11-23T10:00:00')

describe('times as people say them', () => {
  const days: [string, Date, string][] = [
    ['2026-11-21', monday, '前天'], ['2026-11-22', monday, '昨天'], ['2026-11-23', monday, '今天'],
    ['2026-11-24', monday, '明天'], ['2026-11-25', monday, '后天'], ['2026-11-26', monday, '11月26日 周四'],
    ['2026-11-20', monday, '11月20日 周五'], ['2027-01-04', monday, '2027年1月4日 周一'],
    ['2027-01-01', at('2026-12-31T23:59:59'), '明天'],
    ['2026-11-24', at('2026-11-23T23:59:59'), '明天'], ['2026-11-24', at('2026-11-24T00:00:00'), '今天'],
  ]
  for (const [day, now, words] of days) test(`${day} is ${words}`, () => assert.equal(sayDay(day, now), words))

  const clocks: [string, string][] = [
    ['00:00', '凌晨 0:00'], ['05:59', '凌晨 5:59'], ['06:00', '上午 6:00'], ['09:30', '上午 9:30'], ['11:59', '上午 11:59'],
    ['12:00', '中午 12:00'], ['12:30', '中午 12:30'], ['13:00', '下午 1:00'], ['17:59', '下午 5:59'], ['18:00', '晚上 6:00'], ['23:59', '晚上 11:59'],
  ]
  for (const [clock, words] of clocks) test(`${clock} is ${words}`, () => assert.equal(sayClock(parseTime(beijing('2026-11-25', clock))), words))

  test('a time has its day and its part of the day', () => {
    assert.equal(sayTime('2026-11-24T09:30:00+08:00', monday), '明天上午 9:30')
    assert.equal(sayTime('2026-11-26T14:00:00+08:00', monday), '11月26日 周四 下午 2:00')
  })
  test('a range says the part of the day once', () => {
    assert.equal(sayRange('2026-11-24T09:30:00+08:00', '2026-11-24T10:00:00+08:00', monday), '明天上午 9:30 到 10:00')
    assert.equal(sayRange('2026-11-24T11:30:00+08:00', '2026-11-24T13:00:00+08:00', monday), '明天上午 11:30 到 下午 1:00')
  })
  test('a weekly shift names its weekday', () => {
    assert.equal(sayWeekly(3, '09:00', '11:30'), '周三 上午 9:00 到 11:30')
    assert.equal(sayWeekly(7, '18:00', '24:00'), '周日 晚上 6:00 到 凌晨 0:00')
  })
  test('it is Beijing’s day wherever the phone is', () => {
    assert.equal(dayOf(new Date('2026-11-23T16:30:00Z')), '2026-11-24')
    assert.equal(clockOf(new Date('2026-11-23T16:30:00Z')), '00:30')
    assert.equal(monthOf(new Date('2026-11-30T16:00:00Z')), '2026-12')
  })
  test('days are counted over the ends of months and years', () => {
    assert.equal(addDays('2026-12-31', 1), '2027-01-01')
    assert.equal(addDays('2028-03-01', -1), '2028-02-29')
    assert.equal(mondayOf('2026-11-29'), '2026-11-23')
    assert.equal(mondayOf('2026-11-23'), '2026-11-23')
  })
  test('what is left is counted down to seconds', () => {
    const until = '2026-11-25T10:00:00+08:00'
    assert.equal(sayLeft(until, at('2026-11-23T07:00:00')), '还有 2 天 3 小时')
    assert.equal(sayLeft(until, at('2026-11-25T07:59:00')), '还有 2 小时 1 分')
    assert.equal(sayLeft(until, at('2026-11-25T09:55:51')), '还有 4 分 09 秒')
    assert.equal(sayLeft(until, at('2026-11-25T10:00:00')), '')
  })
  test('minutes are said in hours', () => {
    assert.equal(sayMinutes(45), '45 分钟')
    assert.equal(sayMinutes(60), '1 小时')
    assert.equal(sayMinutes(90), '1 小时 30 分')
  })
  test('a message that just came is not given a date', () => {
    assert.equal(sayAgo('2026-11-23T09:59:40+08:00', monday), '刚刚')
    assert.equal(sayAgo('2026-11-23T09:18:00+08:00', monday), '42 分钟前')
    assert.equal(sayAgo('2026-11-22T09:00:00+08:00', monday), '昨天上午 9:00')
  })
})
