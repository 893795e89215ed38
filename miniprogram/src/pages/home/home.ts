import type { Schemas } from '../../lib/api'
import { api, faultOf } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page, tell } from '../../lib/page'
import type { State } from '../../lib/page'
import { lookAt, shortName, village, villageChanged, villageCode } from '../../lib/places'
import type { Village } from '../../lib/places'
import { scanned, villageIn } from '../../lib/scan'
import { amendPerson, loggedIn, person, sessionChanged } from '../../lib/session'
import { goHome } from '../../lib/tabs'
import { addDays, dayOf, parseTime, sayClock, sayDay, sayTime, sayWeekly } from '../../lib/times'
import { refreshUnread } from '../../lib/unread'
import { channelHints, channelWords } from '../../lib/words'
import { isComing, isOwn, sayStatus } from '../appointments'

type Channel = Schemas['Channel']
type Ends = (() => void)[]

interface Next { start: string; channel: Channel; words: string; label: string }
interface Card {
  id: string
  name: string
  photo: string
  firm: string
  licence: string
  role: string
  specialities: string[]
  weekly: string[]
  ways: { code: Channel; words: string; hint: string }[]
  nextDay: string
  next: Next[]
}

const WAYS: Channel[] = ['visit', 'phone', 'video', 'home']
const NEXT = 3 // how many times are shown at once
const DAYS = 14

page({
  data: {
    code: '', name: '', place: '', own: true, mayBook: true, needsLogin: false, here: '',
    advisors: [] as Card[],
    coming: null as { id: string; words: string; way: string; status: string; tone: string } | null,
    helper: false, cadre: false,
  },
  ends: [] as Ends,

  onLoad(query: { scene?: string; village?: string; q?: string }) {
    const asked = villageIn(decodeURIComponent(query.scene ?? query.village ?? query.q ?? ''))
    if (asked) lookAt(asked)
    if (!asked && !loggedIn() && !wx.getStorageSync('looking')) {
      void wx.redirectTo({ url: '/pages/welcome/welcome' })
      return
    }
    if (!asked && person()?.kind === 'advisor') {
      goHome()
      return
    }
    this.ends = [villageChanged, sessionChanged].map((signal) => signal.listen(() => this.changed()))
    void this.fill()
  },

  onUnload() {
    this.ends.forEach((end) => end())
  },

  onShow() {
    if (this.data.state === 'ready') void this.readOwn()
  },

  onShareAppMessage(): { title: string; path: string } {
    const { code, name } = this.data
    return code ? { title: `${name}的法律顾问`, path: `/pages/home/home?village=${code}` } : { title: '村居法顾', path: '/pages/home/home' }
  },

  /** Another village, or another person: read anew. */
  changed() {
    if (villageCode() !== this.data.code) {
      this.setData({ state: 'loading', advisors: [] })
      void this.fill()
    }
    this.setData(this.standing())
  },

  standing(): { own: boolean; mayBook: boolean; needsLogin: boolean; cadre: boolean; helper: boolean } {
    const { kind = '', village: own = null } = person() ?? {}
    const mine = own === this.data.code
    return {
      own: mine || (kind !== '' && kind !== 'resident'), mayBook: kind !== 'advisor', needsLogin: !loggedIn(), cadre: kind === 'cadre' && mine, helper: (kind === 'cadre' || kind === 'collaborator') && mine,
    }
  },

  async load(): Promise<State> {
    const code = villageCode()
    this.setData({ code })
    if (!code) {
      void refreshUnread()
      return 'empty'
    }
    const listed = api.get('/villages/{code}/advisors', { path: { code } })
    listed.catch(() => undefined) // it is waited for below, unless there is no such village
    const found = await village(code).catch((err: unknown) => {
      if (faultOf(err).status !== 404) throw err
      return null
    })
    if (!found) { // there is no such village: back to one's own
      lookAt('')
      return villageCode() && villageCode() !== code ? this.load() : 'empty'
    }
    const list = await listed
    this.setData({ ...this.standing(), name: shortName(found.name), place: placeOf(found), advisors: list.items.map((a) => cardOf(a, code)) })
    void this.readNext(code)
    void this.readOwn()
    return 'ready'
  },

  /** The next free times come after the first picture. */
  async readNext(code: string) {
    const today = dayOf(now())
    await Promise.all(this.data.advisors.map(async ({ id }, i) => {
      const { items } = await api.get('/advisors/{id}/slots', { path: { id }, query: { village: code, from: today, to: addDays(today, DAYS) } })
      const day = items[0] ? dayOf(parseTime(items[0].start)) : ''
      const next = items.filter((s, n) => s.start.startsWith(day) && s.start !== items[n - 1]?.start).slice(0, NEXT)
      this.setData({
        [`advisors[${i}].nextDay`]: day && sayDay(day, now()),
        [`advisors[${i}].next`]: next.map((s) => ({ start: s.start, channel: s.channel, words: sayClock(parseTime(s.start)), label: sayTime(s.start, now()) })),
      })
    })).catch(() => undefined) // the page stands without them
  },

  /** So does what concerns the person alone: what is unread, and the next booking. */
  async readOwn() {
    if (!loggedIn() || person()?.kind === 'advisor') return
    void refreshUnread()
    const list = await api.get('/appointments', { query: { from: dayOf(now()), limit: 100 } }).catch(() => null)
    if (!list) return // what was read before stays
    const open = list.items.filter(isOwn).filter(isComing)
    const next = open[open.length - 1] // the list has the latest first
    if (!next) return this.setData({ coming: null })
    const { status, tone } = sayStatus(next)
    const usual = next.status === 'booked' && !next.orphaned
    this.setData({ coming: { id: next.id, words: sayTime(next.start, now()), way: channelWords[next.channel], status: usual ? '' : status, tone } })
  },

  /** Books: how is chosen already, and perhaps the time. */
  book(event: WechatMiniprogram.TouchEvent) {
    const { advisor, channel, start = '' } = dataset<{ advisor: string; channel: Channel; start?: string }>(event)
    const url = `/pages/book/book?advisor=${advisor}&village=${this.data.code}&channel=${channel}&start=${encodeURIComponent(start)}`
    void wx.navigateTo({ url: loggedIn() ? url : `/pages/welcome/welcome?to=${encodeURIComponent(url)}` })
  },

  open(event: WechatMiniprogram.TouchEvent) {
    void wx.navigateTo({ url: dataset<{ url: string }>(event).url })
  },

  async makeOwn() {
    await this.act(async () => {
      amendPerson(await api.put('/me', { body: { village: this.data.code } }))
      lookAt('')
    })
  },

  async scan() {
    const read = await scanned()
    const code = villageIn(read)
    if (code) await this.act(async () => lookAt((await village(code)).code))
    else if (read) tell('这不是村里的二维码，请换一个，或按名字找')
  },
})

function placeOf(v: Village): string {
  return `${v.district_name} ${v.town_name}`
}

function cardOf(a: Schemas['Advisor'], code: string): Card {
  const here = a.service_times.filter((t) => t.village === code)
  const offered = WAYS.filter((c) => here.some((t) => t.channels.includes(c)))
  return {
    id: a.id, name: a.name, photo: a.photo ?? '', firm: a.firm, licence: a.licence, role: a.role === 'standin' ? '备选' : '主责',
    specialities: a.specialities, weekly: here.map((t) => sayWeekly(t.weekday, t.from, t.to)),
    ways: offered.map((c) => ({ code: c, words: channelWords[c], hint: channelHints[c] })), nextDay: '', next: [],
  }
}
