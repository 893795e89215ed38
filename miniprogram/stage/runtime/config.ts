// What the build hands to the runtime.
export interface WindowConfig {
  navigationBarTitleText?: string
  navigationBarBackgroundColor?: string
  navigationBarTextStyle?: string
  navigationStyle?: string
  backgroundColor?: string
  enablePullDownRefresh?: boolean
  onReachBottomDistance?: number
}

export interface UnitConfig extends WindowConfig {
  usingComponents: Record<string, string>
  styleIsolation: string
}

export interface StageConfig {
  app: {
    window?: WindowConfig
    tabBar?: { custom?: boolean; list: { pagePath: string; text: string }[] }
  }
  theme: { light?: Record<string, string>; dark?: Record<string, string> }
  pages: string[]
  styles: Record<string, string>
  units: { path: string; page: boolean; scope?: string; config: UnitConfig }[]
}
