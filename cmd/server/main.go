// The program of 村居法顾: village legal advisors, from booking to exit.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	if err == nil {
		return
	}
	if !errors.Is(err, errTold) {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(1)
}

// errTold says that what is wrong has been printed already.
var errTold = errors.New("told")

const usage = `村居法顾 villagecounsel

  server [serve]                        start the program 启动
  server seed                           load the demo data 装入演示数据(仅 DEMO=1)
  server import KIND FILE [--check]     KIND: villages roster staff cadres offices calendar 导入
                [--codes OUT.csv]       roster, staff and cadres: write one-time binding codes 导出绑定码
  server export KIND FILE               KIND: villages roster 导出(可再导入)
  server export records --advisor ID FILE
                                        somebody's lifecycle records, as one chain 导出履历记录
  server verify FILE [--digest DIGEST]  check such a file, without database or settings; and against
                                        a day's digest (DATA_DIR/digests) that was kept apart 验证
  server backup FILE                    write all of the store into one file, also while serving 备份
  server restore FILE                   bring such a file into an empty store 还原
  server repair verify                  look for what does not agree, walk all chains 核对
  server repair tallies                 hold the monthly figures to the records 核对月度统计
  server repair relay                   pass on what a crash left 补做
  server district CODE                  a district's settings 区级设置
                [--month-grace DAYS]    days into the next month in which a month stays open, 0 = default 月结宽限
                [--complaint-days DAYS] working days within which a complaint is answered 投诉办理期限

Settings come from the environment: ADDR ADMIN_ADDR DATA_DIR MONGODB_URI MONGODB_DATABASE
DEMO JWT_KEY DATA_KEY WECHAT_APP_ID WECHAT_APP_SECRET RATE_LIMIT TRUSTED_PROXIES (secrets also as NAME_FILE).
`

// run is the program: it does what args say, and ends when the context does.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	verb := "serve"
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	switch verb {
	case "help", "-h", "--help":
		_, err := io.WriteString(stdout, usage)
		return err
	case "verify":
		return verifyCommand(args, stdout)
	case "serve", "seed", "import", "export", "repair", "district", "backup", "restore":
	default:
		fmt.Fprint(stderr, usage)
		return fmt.Errorf("unknown command %q", verb)
	}
	conf, err := readConfig(getenv)
	if err != nil {
		return err
	}
	switch verb {
	case "seed":
		return seedCommand(ctx, conf, stdout)
	case "import":
		return importCommand(ctx, conf, args, stdout, stderr)
	case "export":
		return exportCommand(ctx, conf, args, stdout)
	case "repair":
		return repairCommand(ctx, conf, args, stdout)
	case "backup":
		return backupCommand(ctx, conf, args, stdout)
	case "restore":
		return restoreCommand(ctx, conf, args, stdout)
	case "district":
		return districtCommand(ctx, conf, args, stdout)
	}
	return serve(ctx, conf, stdout, stderr)
}
