package handlers

import (
	"embed"
	"io/fs"
	"net/http"
	"path"

	"github.com/gin-gonic/gin"

	"villagecounsel/services/domain"
)

//go:embed openapi.yaml
var openAPI []byte

// assets hold what a build brings from npm; without it the rest still builds.
//
//go:embed assets
var assets embed.FS

// viewer shows the contract. Its script and style come from npm.
const viewer = `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>村居法顾 接口文档</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<div id="docs"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</html>
`

const viewerPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// pages adds the routes that are no part of the API: health, the contract and
// its viewer, and in demo mode the mini-program in the browser.
func (s *Server) pages(g *gin.Engine) {
	home := "/docs"
	if s.SetClock != nil {
		home = appHome
		g.GET("/app", redirect(appHome))
		g.GET("/app/*file", s.appPage)
	}
	g.GET("/", redirect(home))
	g.GET("/healthz", func(c *gin.Context) { writeHealth(c.Writer, nil) })
	g.GET("/readyz", func(c *gin.Context) { writeHealth(c.Writer, s.ready(c)) })
	g.GET(api+"/openapi.yaml", func(c *gin.Context) { c.Data(http.StatusOK, "application/yaml; charset=utf-8", openAPI) })
	g.GET("/docs", s.docs)
	g.GET("/docs/assets/:file", s.asset)
}

const appHome = "/app/"

func redirect(to string) gin.HandlerFunc {
	return func(c *gin.Context) { c.Redirect(http.StatusFound, to) }
}

func (s *Server) docs(c *gin.Context) {
	if _, err := fs.Stat(assets, "assets/swagger-ui-bundle.js"); err != nil {
		s.fail(c, domain.Fault(domain.Unavailable, "asset_not_built"))
		return
	}
	c.Header("Content-Security-Policy", viewerPolicy)
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(viewer))
}

var assetTypes = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

func (s *Server) asset(c *gin.Context) {
	name := c.Param("file")
	kind, known := assetTypes[path.Ext(name)]
	b, err := fs.ReadFile(assets, path.Join("assets", path.Base(name)))
	switch {
	case !known:
		s.fail(c, domain.ErrNotFound)
	case err != nil:
		s.fail(c, domain.Fault(domain.Unavailable, "asset_not_built"))
	default:
		c.Data(http.StatusOK, kind, b)
	}
}
