import type { Got, Schemas } from './api'
import { api } from './api'
import { now } from './clock'
import { addDays, clockOf, dayOf, parseTime, sayDay, saySpan } from './times'

/** A service log as whoever is logged in may see it. */
export type SeenLog = Got<'/service-logs'>['items'][number]

const SPAN = 31 // days that the server answers at once
const SPANS = 13 // so far back, over a year, a service may have been entered
const AT_ONCE = 3 // spans that are gone back in one go while there is little to show
const ENOUGH = 10

/** The service logs that somebody sees, newest first, one span of days after the other: for a Pager. */
export function logsBack(status: Schemas['LogStatus'] | '') {
  return async (cursor: string): Promise<{ items: SeenLog[]; next: string }> => {
    let [span, rest] = placeIn(cursor)
    const items: SeenLog[] = []
    for (let gone = 0; gone < AT_ONCE && span < SPANS && items.length < ENOUGH;) {
      const page = await api.get('/service-logs', { query: { status: status || undefined, ...daysOf(span), cursor: rest } })
      items.push(...page.items)
      rest = page.next
      if (rest) continue
      span += 1
      gone += 1
    }
    return { items, next: span < SPANS ? `${span}|${rest}` : '' }
  }
}

/** When a service was, in a list: the day, and the time of day. */
export function spanOf({ start, end }: SeenLog): { day: string; time: string } {
  const [from, to] = [parseTime(start), parseTime(end)]
  return { day: sayDay(dayOf(from), now()), time: saySpan(clockOf(from), clockOf(to)) }
}

/** Which span is read, and how far within it. */
function placeIn(cursor: string): [number, string] {
  const bar = cursor.indexOf('|')
  return bar < 0 ? [0, ''] : [Number(cursor.slice(0, bar)), cursor.slice(bar + 1)]
}

/** The days of a span. Those of the first one are the server's own choice: the phone may not know yet what day it is. */
function daysOf(span: number): { from?: string; to?: string } {
  if (span === 0) return {}
  const to = addDays(dayOf(now()), -SPAN * span)
  return { from: addDays(to, 1 - SPAN), to }
}
