App({
  log: [] as string[],
  onLaunch(options: { scene: number }) {
    this.log.push(`launch ${options.scene}`)
  },
})
