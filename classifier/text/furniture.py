"""What the lines look like that a site, an agency or an archive puts round an article: patterns by kind, and how they begin.

``leftovers`` decides by them, and the compiled loops of tables take openings and closings from here, too.
"""

from __future__ import annotations

import re

LONGEST_MARK, LONGEST_CREDIT, LONGEST_DATE = 300, 120, 80
SENTENCE_END = re.compile(r"[.!?…:;,][\"'”’)\]]*$")

# --- agencies --------------------------------------------------------------------------------------------------------

_AGENCIES = r"AFP|AP|Reuters|REUTERS|dpa|DPA|EFE|ANSA|UPI|TASS|Xinhua|Kyodo|Yonhap|PTI|Anadolu|AA|EPA|Asharq Al-Awsat|Bloomberg"
_MORE_AGENCIES = _AGENCIES + r"|ANI|IANS|Interfax|CNN|BBC|Jiji|AAP|KUNA|WAM|SPA|MENA|QNA|Petra|Ukrinform|Belta|Agerpres|CP|PA"
AGENCY = re.compile(rf"TT|[-–—(\[]?\s*(?:{_AGENCIES})\s*[)\]]?")
CREDIT = re.compile(
    rf"[.!?][\"'”’]?\s{{1,3}}(?P<credit>\((?:{_MORE_AGENCIES})\)\.?|/(?:{_MORE_AGENCIES})/\.?"
    rf"|[-–—]{{1,2}} ?(?:{_MORE_AGENCIES})\.?)$"
)
DATELINE_AGENCY = re.compile(
    rf"[A-Z][^()]{{2,60}}\((?P<agency>{_AGENCIES})\)\s*[-–—]"
    r"|[A-Z][\w .,'’-]{2,60}[ /](?P<bare>CNN|TASS)(?: ?(?:--|[-–—]) |/\. )"
)

# --- pictures --------------------------------------------------------------------------------------------------------

PHOTO_CREDIT = re.compile(
    rf"\((?:{_AGENCIES}|Pool|Handout|Courtesy|File)(?:[ /](?:Photo|photo|via|File|Handout|Pool)\b|/[A-Z])[^()]{{0,80}}\)\.?$"
    r"|\((?:[\w .]{1,40}/)?(?:Getty Images|File [Pp]hoto|Handout|Pool)[^()]{0,60}\)\.?$"
    r"|\([Pp]hoto(?: by|:| credit)[^()]{1,80}\)\.?$"
    r"|(?:REUTERS|AFP|EPA)/[A-Z][\w. -]{1,60}$|\b(?:Photo|Photograph|Image|Credit): [^.]{2,60}$|/Getty Images$"
)
PHOTO_LINE = re.compile(
    r"(?:Photo|Photos|Photograph|Image|Picture|Pictured|FILE PHOTO|File photo|(?:Photo|Image|Picture) credit) ?[:–—] ?"
    r"|FILE [-–—] |(?:Image|Photo|Picture|Media|Video) (?:caption|source|copyright)\b\s?[,:]?\s"
    r"|In this (?:[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4},? )?(?:file |handout )?(?:photo|photograph|image|picture)"
    r"(?:, | (?:taken|released|provided|made available)\b)"
)

# --- what a site says of itself --------------------------------------------------------------------------------------

_NAME = r"[A-Z][\w.'’-]+(?: (?:(?:al|bin|de|der|van|von|el) ?-?)?[A-Z][\w.'’-]+){1,3}"
_THIS_TEXT = r"[Tt]his (?:story|article|piece|post|report|feature|dispatch|copy)"
FURNITURE = re.compile(
    # The first is how bylines have always been told; what stands behind a name is capitals or a place.
    r"(?P<byline>By [A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,2}(?:(?:,| and|, and) [A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,2})*"
    r"(?:, [A-Z][\w ]+)?$"
    rf"|(?:By|BY|Story by|Words by|Written by) {_NAME}(?:(?:, and|,| and|;| &) {_NAME})*(?: (?:in|for|of) [A-Z][\w.'’ ]{{1,40}})?"
    r"(?:\s?[,|•·–—/]\s?[A-Z@\d][\w@.&'’]*(?:,? (?:(?:of|the|and|in) )?[A-Z@\d][\w@.&'’]*){0,6}){0,3}$)"
    r"|(?P<sign_off>\(?(?:Reporting|Additional reporting|With reporting|Writing|Editing|Compiled|Translated|Edited|Photos) by "
    r"[A-Z][\w.'’-]+ [A-Z][^.!?]*[.)]{0,2}$)"
    r"|(?P<link>(?:(?:Read|Watch|Listen|READ|WATCH|LISTEN) (?:more|also|next|MORE|ALSO|NEXT|More|Also)\b"
    r"(?:\s?[:|–—-]|\s+(?=[\"“‘A-Z])|$)"
    r"|(?:READ|Read|WATCH|Watch|LISTEN|Listen|MORE|RELATED|Related|SEE ALSO|See also|ALSO READ|Also read|Also Read|Recommended"
    r"|Related (?:articles?|stories|story|news|content)|RELATED (?:ARTICLES?|STORIES|STORY|NEWS)|Don[’']t miss|Our Standards)\s?:"
    r"|Click here (?:to|for)\b|Continue reading\b))"
    r"|(?P<newsletter>(?:Sign up|Subscribe|Register) (?:for|to|now|here|today)\b(?=.{0,120}\b(?:our|newsletters?|briefing|inbox"
    r"|alerts|channel|free|podcast|app)\b)"
    r"|(?:Follow|Like|Find) us on\b|Follow @\w|Join (?:our|us on|the conversation)\b|Download (?:the|our) .{0,40}\bapp\b"
    r"|Get (?:the|our|more|all) .{0,80}\b(?:inbox|newsletters?|app)\b)"
    r"|(?P<donation>(?:Support (?:our|us|independent|quality|local|free)|Help (?:us|fund|keep)"
    r"|Please (?:consider|donate|support|help|subscribe|make)|Donate|Make a|Become a"
    r"|If you (?:value|enjoy|like|appreciate|believe|can|are able|found|want)"
    r"|Your (?:support|donation|contribution|subscription))\b"
    r"(?=.{0,200}\b(?:journalism|donat(?:e|ion|ing)|readers?|newsroom|subscri(?:be|ber|ption)|members?)\b)"
    r"(?=.{0,200}\b(?:our|us|we|this site|today|independent)\b))"
    r"|(?P<tags>(?:Tags|TAGS|Topics|TOPICS|Keywords|KEYWORDS|Filed under|Filed Under|FILED UNDER|Categories)\s?:)"
    r"|(?P<copyright>©|\(c\) \d{4}|Copyright (?:©|\(c\)|\d{4})|All rights reserved)"
    r"|(?P<advertisement>(?:Advertisement|ADVERTISEMENT|Sponsored)$|(?:Story|Article) continues (?:below|after)\b)"
    rf"|(?P<notice>\(?{_THIS_TEXT} (?:was|is|has been|first|originally)\b.{{0,20}}\b(?:originally|first|updated|corrected|amended"
    r"|published from a syndicated|appeared|developing)\b"
    r"|\(?(?:Except for|Apart from|With the exception of) the headline,|\(?Editor[’']s [Nn]ote:)"
)
SIGN_OFF = re.compile(
    r"\bcontributed (?:to this (?:report|story|article|dispatch)|reporting)\b[^.!?]{0,80}\.?\)?$"
    r"|(?P<names>\bcontributed)(?: from [A-Z][^.!?]{1,80})?\.?$"
)
"""How a sentence ends that says who else has worked on the text; with `names`, if nothing but names stands before."""
BESIDE_NAMES = frozenset(
    "in and at the of al bin de der van von also with writer writers reporter reporters journalist journalists correspondent "
    "correspondents staff producer producers".split()
)
"""Words that stand between the names of those who have worked on a text."""

# Nothing above but a sign-off begins otherwise. A compiled loop looks for these in the lines of tables.
LINE_OPENERS = (
    *("By ", "BY ", "Story by ", "Words by ", "Written by ", "Read", "READ", "Watch", "WATCH", "Listen", "LISTEN", "MORE"),
    *("Also ", "ALSO ", "Related", "RELATED", "See also", "SEE ALSO", "Recommended", "Don’t miss", "Don't miss"),
    *("Our Standards", "Click ", "Continue ", "Sign up ", "Subscribe ", "Register ", "Follow ", "Like us", "Find us"),
    *("Join ", "Download ", "Get ", "Support ", "Help ", "Please ", "Donate ", "Make a ", "Become a ", "If you ", "Your "),
    *("Tags", "TAGS", "Topics", "TOPICS", "Keywords", "KEYWORDS", "Filed ", "FILED ", "Categories", "©", "(c) "),
    *("Copyright", "All rights reserved", "Advertisement", "ADVERTISEMENT", "Sponsored", "Story continues"),
    *("Article continues", "This ", "this ", "Except for", "Apart from", "With the exception", "Editor", "Reporting by "),
    *("Additional reporting by ", "With reporting by ", "Writing by ", "Editing by ", "Compiled by ", "Translated by "),
    *("Edited by ", "Photo", "Image", "Picture", "FILE ", "File photo", "Media ", "Video ", "In this "),
)
# What a paragraph holds near its end that may close with a sentence about something else.
CLOSERS = (
    *("contributed", "eporting by ", "diting by ", "ompiled by ", "ranslated by ", "READ ", "Read ", "WATCH", "RELATED"),
    *("Related", "Sign up ", "Subscribe ", "Follow ", "Tags:", "Topics:", "Filed under", "©", "Copyright "),
    *("rights reserved", "Click here", "riginally", "his story ", "his article ", "Except for", "Editor", "Donate"),
    *("journalism", "donat"),
)

# --- dates -----------------------------------------------------------------------------------------------------------

# How a date on a line of its own begins, if not with a digit.
DATE_OPENERS = tuple("pub upd pos dat mon tue wed thu fri sat sun jan feb mar apr may jun jul aug sep oct nov dec".split())
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?"
    r"|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
DATE_LINE = re.compile(
    r"(?:(?:Published|Updated|Posted|Date)\s*:?\s*)?(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+)?"
    rf"(?:(?P<iso>\d{{4}}-\d\d-\d\d)(?:T\S*)?|(?P<day>\d{{1,2}})\s+(?P<month>{_MONTH}),?\s+(?P<year>\d{{4}})"
    rf"|(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}}),?\s+(?P<year2>\d{{4}}))"
    r"(?:\s*[-–—|,]?\s*\d{1,2}:\d\d(?:\s*(?:[ap]\.?m\.?|(?:GMT|UTC)(?:[+-]\d{1,2})?))*)?(?:\s*[-–—|,]?\s*Updated .{1,40})?",
    re.IGNORECASE,
)
