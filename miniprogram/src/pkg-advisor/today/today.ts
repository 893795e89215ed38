import { api, faultOf } from '../../lib/api'
import type { Schemas } from '../../lib/api'
import { now } from '../../lib/clock'
import { outboxChanged, waiting } from '../../lib/outbox'
import { dataset, page } from '../../lib/page'
import { person } from '../../lib/session'
import { addDays, clockOf, dayOf, parseTime, sayClock, sayDate, sayDay, saySpan, sayTime } from '../../lib/times'
import { refreshUnread } from '../../lib/unread'
import { channelWords, statusTones, statusWords } from '../../lib/words'
import { bookings, placeNames, whole } from '../diary'
import type { Booking } from '../diary'

/** One booking of today or tomorrow. */
interface Card {
  id: string
  time: string
  how: string
  status: string
  tone: string
  name: string
  phone: string
  topic: string
  place: string
  aside: boolean // it concerns the village's committee
  log: '' | 'open' | 'written'
}

interface Part { name: string; cards: Card[] }

/** Something that waits for the advisor. */
interface Wait { words: string; hint: string; url: string }

const BACK = 7 // days for which an outcome can still be written
const SHOWN = 3 // how many of what waits are shown before somebody asks for all

page({
  data: {
    hello: '', date: '', readAt: '', behind: false, waits: [] as Wait[], all: false, shown: SHOWN,
    parts: [] as Part[], next: null as { id: string; words: string } | null,
  },
  found: [] as Booking[],
  names: {} as Record<string, string>,
  logs: null as Schemas['LogSeen'][] | null, // of the last month, once they are read
  unlistenOutbox: null as (() => void) | null,

  onLoad() {
    this.unlistenOutbox = outboxChanged.listen(() => this.sayWaits())
  },

  onUnload() {
    this.unlistenOutbox?.()
  },

  onShow() {
    void this.fill()
    void refreshUnread()
  },

  /** On the road there is often no network: what was read before stays, and says from when it is. */
  async load(): Promise<void> {
    try {
      await this.read()
    } catch (err) {
      if (this.data.state !== 'ready' || !faultOf(err).offline) throw err
      this.setData({ behind: true })
    }
  },

  async read() {
    this.found = await bookings(addDays(dayOf(now()), -BACK))
    this.names = await placeNames(this.found.map((b) => b.village))
    this.setData({ hello: `${person()?.name ?? ''}律师，${greeting()}`, date: sayDate(dayOf(now())), readAt: sayClock(now()), behind: false })
    this.show()
    void this.readLogs()
  },

  /** What became of the services comes after the first picture. */
  async readLogs() {
    const list = await whole((cursor) => api.get('/service-logs', { query: { limit: 100, cursor } })).catch(() => null)
    if (!list) return // the page stands without them
    this.logs = list
    this.show()
  },

  show() {
    const today = dayOf(now())
    const tomorrow = addDays(today, 1)
    const on = (day: string): Card[] => this.found.filter((b) => dayOf(parseTime(b.start)) === day).map((b) => this.cardOf(b))
    const next = this.found.find((b) => dayOf(parseTime(b.start)) > tomorrow && isOpen(b))
    this.setData({
      parts: [{ name: '今天', cards: on(today) }, { name: '明天', cards: on(tomorrow) }],
      next: next ? { id: next.id, words: `${sayTime(next.start, now())}，${channelWords[next.channel]}` } : null,
    })
    this.sayWaits()
  },

  cardOf(b: Booking): Card {
    return {
      id: b.id, time: saySpan(clockOf(parseTime(b.start)), clockOf(parseTime(b.end))), how: channelWords[b.channel],
      status: b.orphaned ? '要改期' : b.status === 'booked' ? '' : statusWords[b.status], tone: b.orphaned ? 'warn' : statusTones[b.status],
      name: b.name, phone: b.phone, topic: b.topic, aside: b.concerns_village,
      place: [this.names[b.village], b.address].filter(Boolean).join(' · '),
      log: this.logOf(b),
    }
  },

  /** Whether a log can be written of a booking, or was: writing one completes it. */
  logOf(b: Booking): Card['log'] {
    if (b.status === 'booked' || b.status === 'arrived') return parseTime(b.start) <= now() ? 'open' : ''
    if (b.status !== 'done' || !this.logs) return ''
    return this.logs.some((log) => 'appointment' in log && log.appointment === b.id) ? 'written' : 'open'
  },

  /** What waits, the most pressing first. */
  sayWaits() {
    const at = now()
    const { found } = this
    const of = (b: Booking): string => `${sayTime(b.start, at)}，${b.name}`
    const open = (b: Booking): string => `/pages/booking/booking?id=${b.id}`
    const unsent = waiting()
    const waits: Wait[] = []
    if (unsent.length) {
      const refused = unsent.some((w) => w.problem)
      waits.push({ words: `${unsent.length} 次签到还没有发出`, hint: refused ? '有的没有被收下，请看一看' : '有网时自动发出', url: '/pkg-advisor/sign-in/sign-in' })
    }
    for (const b of found.filter((f) => f.orphaned && isOpen(f) && parseTime(f.end) > at)) {
      waits.push({ words: of(b), hint: '这个时间已不在您的排班里，请联系对方改期或取消', url: open(b) })
    }
    for (const b of found.filter((f) => isOpen(f) && parseTime(f.end) <= at)) {
      waits.push({ words: of(b), hint: '还没有记结果', url: open(b) })
    }
    for (const b of found.filter((f) => f.status === 'done' && this.logOf(f) === 'open')) {
      waits.push({ words: of(b), hint: '还没有写服务日志', url: `/pkg-advisor/write/write?appointment=${b.id}` })
    }
    for (const log of (this.logs ?? []).filter((l) => l.status === 'disputed')) {
      const place = this.names[log.village ?? ''] ?? '坐诊'
      waits.push({ words: `${sayDay(dayOf(parseTime(log.start)), at)}，${place}`, hint: '村里对这次服务有异议', url: `/pkg-advisor/log/log?id=${log.id}` })
    }
    this.setData({ waits })
  },

  showAll() {
    this.setData({ all: true })
  },

  open(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: dataset<{ url: string }>(event).url })
  },

  call(event: WechatMiniprogram.TouchEvent) {
    wx.makePhoneCall({ phoneNumber: dataset<{ phone: string }>(event).phone, fail: () => undefined }) // not wanting to call is no fault
  },
})

function isOpen(b: Booking): boolean {
  return b.status === 'held' || b.status === 'booked' || b.status === 'arrived'
}

function greeting(): string {
  const part = sayClock(now()).slice(0, 2)
  return part === '凌晨' ? '辛苦了' : `${part}好`
}
