import type { Schemas } from '../../lib/api'
import { api, faultOf } from '../../lib/api'
import { now } from '../../lib/clock'
import { dataset, page } from '../../lib/page'
import type { State } from '../../lib/page'
import { shortName, villageCode } from '../../lib/places'
import { loggedIn, person } from '../../lib/session'
import { addDays, dayOf, parseTime, sayClock, sayDay, sayTime, sayWeekly } from '../../lib/times'
import { channelHints, channelWords } from '../../lib/words'

type Channel = Schemas['Channel']

interface Next { start: string; channel: Channel; words: string; label: string }

/** A village that the advisor serves. */
interface Place {
  code: string
  name: string
  town: string
  role: string
  weekly: string[]
  ways: { code: Channel; words: string; hint: string }[]
  nextDay: string
  next: Next[]
}

const WAYS: Channel[] = ['visit', 'phone', 'video', 'home']
const NEXT = 3 // how many times are shown at once
const DAYS = 14

/** The public card of an advisor. With `village` it is opened for that village. */
page({
  data: {
    id: '', name: '', photo: '', firm: '', licence: '', specialities: [] as string[],
    places: [] as Place[], chosen: '', mayBook: true,
  },

  onLoad({ id = '', village = '' }: { id?: string; village?: string }) {
    this.setData({ id, chosen: village, mayBook: person()?.kind !== 'advisor' })
    void this.fill()
  },

  async load(): Promise<State> {
    const a = await api.get('/advisors/{id}', { path: { id: this.data.id } }).catch((err: unknown) => {
      if (faultOf(err).status === 404) return null
      throw err
    })
    if (!a) return 'empty'
    const places = a.villages.map((v) => placeOf(v, a.service_times))
    const chosen = [this.data.chosen, villageCode()].find((code) => places.some((p) => p.code === code))
    this.setData({
      name: a.name, photo: a.photo ?? '', firm: a.firm, licence: a.licence, specialities: a.specialities,
      places, chosen: chosen ?? (places.length === 1 ? places[0].code : ''),
    })
    void this.readNext()
    return 'ready'
  },

  /** The next free times come after the first picture. */
  async readNext() {
    const today = dayOf(now())
    const list = await api.get('/advisors/{id}/slots', { path: { id: this.data.id }, query: { from: today, to: addDays(today, DAYS) } }).catch(() => null)
    if (!list) return // the card stands without them
    this.setData({ places: this.data.places.map((p) => ({ ...p, ...nextOf(list.items.filter((s) => s.village === p.code)) })) })
  },

  choose(event: WechatMiniprogram.TouchEvent) {
    const { code } = dataset<{ code: string }>(event)
    this.setData({ chosen: this.data.chosen === code && this.data.places.length > 1 ? '' : code })
  },

  /** Books: where and how is chosen already, and perhaps the time. */
  book(event: WechatMiniprogram.TouchEvent) {
    const { village, channel, start = '' } = dataset<{ village: string; channel: Channel; start?: string }>(event)
    this.open(`/pages/book/book?advisor=${this.data.id}&village=${village}&channel=${channel}&start=${encodeURIComponent(start)}`)
  },

  complain() {
    this.open(`/pages/complain/complain?advisor=${this.data.id}`)
  },

  open(url: string) {
    void wx.navigateTo({ url: loggedIn() ? url : `/pages/welcome/welcome?to=${encodeURIComponent(url)}` })
  },

  toVillage() {
    void wx.switchTab({ url: '/pages/home/home' })
  },
})

function placeOf(v: Schemas['ServedVillage'], times: Schemas['ServiceTime'][]): Place {
  const here = times.filter((t) => t.village === v.code)
  const offered = WAYS.filter((c) => here.some((t) => t.channels.includes(c)))
  return {
    code: v.code, name: shortName(v.name), town: v.town_name, role: v.role === 'standin' ? '备选顾问' : '法律顾问',
    weekly: here.map((t) => sayWeekly(t.weekday, t.from, t.to)),
    ways: offered.map((c) => ({ code: c, words: channelWords[c], hint: channelHints[c] })), nextDay: '', next: [],
  }
}

/** The first times of the first day that has any. */
function nextOf(slots: Schemas['Slot'][]): Pick<Place, 'nextDay' | 'next'> {
  const day = slots[0] ? dayOf(parseTime(slots[0].start)) : ''
  const next = slots.filter((s, n) => s.start.startsWith(day) && s.start !== slots[n - 1]?.start).slice(0, NEXT)
  return {
    nextDay: day && sayDay(day, now()),
    next: next.map((s) => ({ start: s.start, channel: s.channel, words: sayClock(parseTime(s.start)), label: sayTime(s.start, now()) })),
  }
}
