import { tell } from './page'
import { person } from './session'

/** The places at the bottom of the screen, by who somebody is. */
export interface Tab { text: string; icon: string; url: string }

const HOME: Tab = { text: '我的村', icon: 'home', url: '/pages/home/home' }
const BOOKINGS: Tab = { text: '预约', icon: 'calendar', url: '/pages/bookings/bookings' }
const NOTICES: Tab = { text: '消息', icon: 'bell', url: '/pages/notices/notices' }
const ME: Tab = { text: '我的', icon: 'user', url: '/pages/me/me' }
const TODAY: Tab = { text: '今天', icon: 'sun', url: '/pkg-advisor/today/today' }
const WEEK: Tab = { text: '日历', icon: 'calendar', url: '/pkg-advisor/calendar/calendar' }
const LOGS: Tab = { text: '日志', icon: 'pen', url: '/pkg-advisor/logs/logs' }

/** Pages that WeChat itself keeps as tabs (app.json); the others are opened anew. */
const KEPT = [HOME, BOOKINGS, NOTICES, ME]

export function tabs(): Tab[] {
  return person()?.kind === 'advisor' ? [TODAY, WEEK, LOGS, NOTICES, ME] : [HOME, BOOKINGS, NOTICES, ME]
}

/** Goes to where somebody begins. */
export function goHome(): void {
  goTo(tabs()[0]!)
}

export function goTo(tab: Tab): void {
  if (KEPT.includes(tab)) void wx.switchTab({ url: tab.url })
  else wx.reLaunch({ url: tab.url, fail: () => tell('这一页还没有下载到手机上，请连上网络再试') })
}
