/**
 * Times as people say them. All are Beijing's, whatever the phone is set to:
 * "2026-11-25T09:00:00+08:00" is what the server writes.
 */

const HOUR = 3_600_000
const DAY = 24 * HOUR
const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']

/** A moment taken apart as Beijing's clock shows it. */
interface Parts { year: number; month: number; day: number; hour: number; minute: number; weekday: number; ordinal: number }

function parts(at: Date): Parts {
  const t = new Date(at.getTime() + 8 * HOUR)
  return {
    year: t.getUTCFullYear(), month: t.getUTCMonth() + 1, day: t.getUTCDate(),
    hour: t.getUTCHours(), minute: t.getUTCMinutes(), weekday: t.getUTCDay(), ordinal: Math.floor(t.getTime() / DAY),
  }
}

const two = (n: number): string => String(n).padStart(2, '0')

/** iOS reads only some forms of a date: this one it does. */
export function parseTime(text: string): Date {
  return new Date(text)
}

/** The moment at which Beijing's clock shows this day and time of day. */
export function beijing(day: string, clock: string): string {
  return `${day}T${clock}:00+08:00`
}

/** "2026-11-25" of a moment. */
export function dayOf(at: Date): string {
  const p = parts(at)
  return `${p.year}-${two(p.month)}-${two(p.day)}`
}

/** "2026-11" of a moment. */
export function monthOf(at: Date): string {
  return dayOf(at).slice(0, 7)
}

/** "09:30" of a moment. */
export function clockOf(at: Date): string {
  const p = parts(at)
  return `${two(p.hour)}:${two(p.minute)}`
}

/** A day some days later, or earlier. */
export function addDays(day: string, n: number): string {
  return dayOf(new Date(parseTime(beijing(day, '12:00')).getTime() + n * DAY))
}

/** "2026-10" some months before or after "2026-11". */
export function addMonths(month: string, n: number): string {
  const months = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + n
  return `${Math.floor(months / 12)}-${two((months % 12) + 1)}`
}

/** "11月", "2025年12月". */
export function sayMonth(month: string, now: Date): string {
  const year = month.slice(0, 4)
  return `${year === monthOf(now).slice(0, 4) ? '' : `${year}年`}${Number(month.slice(5))}月`
}

/** The Monday of a day's week. */
export function mondayOf(day: string): string {
  return addDays(day, -((parts(parseTime(beijing(day, '12:00'))).weekday + 6) % 7))
}

/** "今天", "明天", "11月25日 周三", "2027年1月4日 周一". */
export function sayDay(day: string, now: Date): string {
  const p = parts(parseTime(beijing(day, '12:00')))
  const today = parts(now)
  const near = { '-2': '前天', '-1': '昨天', '0': '今天', '1': '明天', '2': '后天' }[String(p.ordinal - today.ordinal)]
  if (near) return near
  const year = p.year === today.year ? '' : `${p.year}年`
  return `${year}${p.month}月${p.day}日 ${WEEKDAYS[p.weekday]}`
}

/** "11月25日 周三", whatever day it is today. */
export function sayDate(day: string): string {
  const p = parts(parseTime(beijing(day, '12:00')))
  return `${p.month}月${p.day}日 ${WEEKDAYS[p.weekday]}`
}

/** "上午 9:30", "中午 12:00", "晚上 7:00". */
export function sayClock(at: Date): string {
  const { hour, minute } = parts(at)
  const part = hour < 6 ? '凌晨' : hour < 12 ? '上午' : hour === 12 ? '中午' : hour < 18 ? '下午' : '晚上'
  return `${part} ${hour > 12 ? hour - 12 : hour}:${two(minute)}`
}

/** "明天上午 9:30", "11月25日 周三 上午 9:30". */
export function sayTime(text: string, now: Date): string {
  const at = parseTime(text)
  const day = sayDay(dayOf(at), now)
  return `${day}${day.length > 2 ? ' ' : ''}${sayClock(at)}`
}

/** "明天上午 9:30 到 10:00". */
export function sayRange(start: string, end: string, now: Date): string {
  const from = sayClock(parseTime(start))
  const to = sayClock(parseTime(end))
  const same = from.slice(0, 2) === to.slice(0, 2)
  return `${sayTime(start, now)} 到 ${same ? to.slice(3) : to}`
}

/** "刚刚", "5 分钟前", "今天上午 9:30": when a message came. */
export function sayAgo(text: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - parseTime(text).getTime()) / 60_000)
  if (minutes < 1) return '刚刚'
  if (minutes < 60) return `${minutes} 分钟前`
  return sayTime(text, now)
}

/** What is left until a moment: "还有 2 天 3 小时", "还有 4 分 09 秒"; "" once it has come. */
export function sayLeft(until: string, now: Date): string {
  const left = parseTime(until).getTime() - now.getTime()
  if (left <= 0) return ''
  const seconds = Math.ceil(left / 1000)
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor((seconds % 86_400) / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  if (days > 0) return `还有 ${days} 天 ${hours} 小时`
  if (hours > 0) return `还有 ${hours} 小时 ${minutes} 分`
  return `还有 ${minutes} 分 ${two(seconds % 60)} 秒`
}

/** "1 小时 30 分", "45 分钟". */
export function sayMinutes(minutes: number): string {
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  if (hours === 0) return `${rest} 分钟`
  return rest === 0 ? `${hours} 小时` : `${hours} 小时 ${rest} 分`
}

/** "周三" of a weekday's number; 1 is Monday. */
export function sayWeekday(weekday: number): string {
  return WEEKDAYS[weekday % 7]!
}

/** "上午 9:00 到 11:30" of two times of day; the second may be "24:00". */
export function saySpan(from: string, to: string): string {
  const end = to === '24:00' ? beijing('2026-01-06', '00:00') : beijing('2026-01-05', to)
  return sayRange(beijing('2026-01-05', from), end, parseTime(beijing('2026-01-05', '00:00'))).slice(2)
}

/** "周三 上午 9:00 到 11:30" of a weekly shift; 1 is Monday. */
export function sayWeekly(weekday: number, from: string, to: string): string {
  return `${sayWeekday(weekday)} ${saySpan(from, to)}`
}
