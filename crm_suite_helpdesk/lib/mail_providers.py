"""Domains at which anybody can get a mail address: they say nothing about who writes."""

_NAMES = """
163.com 126.com aol.com att.net bellsouth.net bk.ru bluewin.ch bol.com.br btinternet.com
comcast.net cox.net earthlink.net email.com emirates.net.ae etisalat.ae fastmail.com
foxmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com
hanmail.net hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it
icloud.com inbox.ru laposte.net libero.it list.ru live.ca live.co.uk live.com live.de live.fr
live.nl mac.com mail.com mail.ru mailbox.org maktoob.com me.com msn.com naver.com orange.fr
outlook.com outlook.de outlook.es outlook.fr outlook.sa pm.me posteo.de proton.me
protonmail.com qq.com rediffmail.com rocketmail.com rogers.com sbcglobal.net seznam.cz sfr.fr
shaw.ca sina.com sky.com skynet.be sohu.com t-online.de telenet.be terra.com.br tutanota.com
ukr.net uol.com.br verizon.net wanadoo.fr web.de windowslive.com wp.pl ya.ru yahoo.ae
yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.ar yahoo.com.au yahoo.com.br
yahoo.com.mx yahoo.de yahoo.es yahoo.fr yahoo.in yahoo.it yandex.com yandex.ru ymail.com
zoho.com ziggo.nl
"""
PUBLIC_DOMAINS = frozenset(_NAMES.split())
