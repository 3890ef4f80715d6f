"""What the demo's shop tells about its processing, in each language, and whom it gave the data. All invented."""

from __future__ import annotations

from collections.abc import Mapping

RECORDS: dict[str, dict[str, str]] = {
    "en": {
        "purposes": "We want to know which advertisements and links bring people to our shop, so that we "
        "spend money on those that are useful.\n\nWe also use the data to see which customers bought "
        "what, and to send the newsletter to those who asked for it.",
        "data_subjects": "Customers of the web shop, subscribers of the newsletter, and visitors who "
        "left their e-mail.",
        "data_categories": "Name and e-mail address; orders, products and amounts; subscriptions; labels "
        "(tags) that we put on a contact; visits to our pages with time, page, device number, IP address "
        "and approximate place; the advertisement or link that led to us.",
        "recipients": "SegMetrics (the software in which the data is kept, as our processor); "
        "Postkutsche GmbH (sends the newsletter); Kontorwerk Steuerberatung (our accountants, invoices "
        "only).",
        "transfers": "SegMetrics keeps the data in the United States. The transfer rests on standard "
        "contractual clauses of the European Commission (Art. 46(2)(c) GDPR). You can ask us for a copy "
        "of them.",
        "storage_period": "Visits: 24 months. Contacts and tags: until the purpose has ended, three "
        "years after the last order at the latest. Invoices: eight years, as tax law demands.",
        "source": "From yourself, where you gave us your data in the shop or for the newsletter. From "
        "your browser, where you visited our pages.",
        "automated_decisions": "There is no automated decision-making, including profiling, that has "
        "legal effects for you or affects you in a similarly significant way (Art. 22 GDPR).",
        "security": "Access by named accounts with a second factor; encrypted connections; a contract "
        "with each processor; a yearly review of who has access.",
        "authority": "Sample supervisory authority for data protection\n"
        "Beispielplatz 1\n"
        "10115 Berlin\n"
        "post@authority.example.org",
        "contact": "Data protection officer\nAcme GmbH, Musterstraße 1, 10115 Berlin\nprivacy@acme.example.com",
        "tag_meanings": "New Lead = has left an e-mail address and hasn't bought yet\n"
        "Newsletter = gets our newsletter\n"
        "Platinum Customer = has bought for more than 500 euros\n"
        "marketing-blueprint = has downloaded our guide “Marketing Blueprint”\n"
        "VIP = has bought more than three times\n"
        "Webinar = took part in an online seminar\n"
        "Abandoned cart = put something into the basket and didn't buy it\n"
        "2018 Holiday Special = bought during our offer in December 2018",
    },
    "de": {
        "purposes": "Wir möchten wissen, welche Anzeigen und Links Menschen in unseren Shop führen, "
        "damit wir Geld nur für nützliche ausgeben.\n\nAußerdem sehen wir mit den Daten, welche Kunden "
        "was gekauft haben, und senden den Newsletter an alle, die ihn bestellt haben.",
        "data_subjects": "Kunden des Webshops, Empfänger des Newsletters und Besucher, die ihre "
        "E-Mail-Adresse hinterlassen haben.",
        "data_categories": "Name und E-Mail-Adresse; Bestellungen, Produkte und Beträge; Abonnements; "
        "Schlagwörter (Tags), die wir einem Kontakt gegeben haben; Besuche unserer Seiten mit Zeit, "
        "Seite, Gerätenummer, IP-Adresse und ungefährem Ort; die Anzeige oder der Link, der zu uns "
        "geführt hat.",
        "recipients": "SegMetrics (die Software, in der die Daten liegen, als unser "
        "Auftragsverarbeiter); Postkutsche GmbH (versendet den Newsletter); Kontorwerk Steuerberatung "
        "(nur Rechnungen).",
        "transfers": "SegMetrics speichert die Daten in den Vereinigten Staaten. Grundlage sind die "
        "Standardvertragsklauseln der Europäischen Kommission (Art. 46 Abs. 2 Buchst. c DSGVO). Eine "
        "Kopie erhalten Sie auf Anfrage von uns.",
        "storage_period": "Besuche: 24 Monate. Kontakte und Schlagwörter: bis der Zweck entfällt, "
        "spätestens drei Jahre nach der letzten Bestellung. Rechnungen: acht Jahre, wie es das "
        "Steuerrecht verlangt.",
        "source": "Von Ihnen selbst, wo Sie uns Ihre Daten im Shop oder für den Newsletter gegeben "
        "haben. Von Ihrem Browser, wo Sie unsere Seiten besucht haben.",
        "automated_decisions": "Es gibt keine automatisierte Entscheidungsfindung einschließlich "
        "Profiling, die Ihnen gegenüber rechtliche Wirkung entfaltet oder Sie in ähnlicher Weise "
        "erheblich beeinträchtigt (Art. 22 DSGVO).",
        "security": "Zugang über persönliche Konten mit zweitem Faktor; verschlüsselte Verbindungen; ein "
        "Vertrag mit jedem Auftragsverarbeiter; jährliche Prüfung der Zugänge.",
        "authority": "Muster-Aufsichtsbehörde für den Datenschutz\n"
        "Beispielplatz 1\n"
        "10115 Berlin\n"
        "post@authority.example.org",
        "contact": "Datenschutzbeauftragte\nAcme GmbH, Musterstraße 1, 10115 Berlin\nprivacy@acme.example.com",
        "tag_meanings": "New Lead = hat eine E-Mail-Adresse hinterlassen und noch nichts gekauft\n"
        "Newsletter = erhält unseren Newsletter\n"
        "Platinum Customer = hat für mehr als 500 Euro gekauft\n"
        "marketing-blueprint = hat unseren Leitfaden „Marketing Blueprint“ heruntergeladen\n"
        "VIP = hat mehr als dreimal gekauft\n"
        "Webinar = hat an einem Online-Seminar teilgenommen\n"
        "Abandoned cart = hat etwas in den Warenkorb gelegt und nicht gekauft\n"
        "2018 Holiday Special = hat bei unserer Aktion im Dezember 2018 gekauft",
    },
    "fr": {
        "purposes": "Nous voulons savoir quelles annonces et quels liens amènent des visiteurs dans "
        "notre boutique, afin de ne payer que ceux qui sont utiles.\n\nLes données nous montrent aussi "
        "quels clients ont acheté quoi, et servent à envoyer la lettre d’information à ceux qui l’ont "
        "demandée.",
        "data_subjects": "Clients de la boutique en ligne, abonnés à la lettre d’information et "
        "visiteurs qui ont laissé leur adresse électronique.",
        "data_categories": "Nom et adresse électronique ; commandes, produits et montants ; abonnements "
        "; étiquettes (tags) que nous avons données à un contact ; visites de nos pages avec l’heure, la "
        "page, le numéro d’appareil, l’adresse IP et le lieu approximatif ; l’annonce ou le lien qui a "
        "mené à nous.",
        "recipients": "SegMetrics (le logiciel où se trouvent les données, en tant que sous-traitant) ; "
        "Postkutsche GmbH (envoie la lettre d’information) ; Kontorwerk Steuerberatung (nos comptables, "
        "factures uniquement).",
        "transfers": "SegMetrics conserve les données aux États-Unis. Le transfert repose sur les "
        "clauses contractuelles types de la Commission européenne (art. 46, paragraphe 2, point c), du "
        "RGPD). Vous pouvez nous en demander une copie.",
        "storage_period": "Visites : 24 mois. Contacts et étiquettes : jusqu’à la fin de la finalité, au "
        "plus tard trois ans après la dernière commande. Factures : huit ans, comme l’exige le droit "
        "fiscal.",
        "source": "De vous-même, lorsque vous nous avez donné vos données dans la boutique ou pour la "
        "lettre d’information. De votre navigateur, lorsque vous avez visité nos pages.",
        "automated_decisions": "Il n’existe aucune prise de décision automatisée, y compris un "
        "profilage, qui produise des effets juridiques vous concernant ou vous affecte de manière "
        "significative de façon similaire (art. 22 du RGPD).",
        "security": "Accès par des comptes nominatifs avec un second facteur ; connexions chiffrées ; un "
        "contrat avec chaque sous-traitant ; vérification annuelle des accès.",
        "authority": "Autorité de contrôle de la protection des données (exemple)\n"
        "Beispielplatz 1\n"
        "10115 Berlin\n"
        "post@authority.example.org",
        "contact": "Déléguée à la protection des données\n"
        "Acme GmbH, Musterstraße 1, 10115 Berlin\n"
        "privacy@acme.example.com",
        "tag_meanings": "New Lead = a laissé une adresse électronique et n’a pas encore acheté\n"
        "Newsletter = reçoit notre lettre d’information\n"
        "Platinum Customer = a acheté pour plus de 500 euros\n"
        "marketing-blueprint = a téléchargé notre guide « Marketing Blueprint »\n"
        "VIP = a acheté plus de trois fois\n"
        "Webinar = a participé à un séminaire en ligne\n"
        "Abandoned cart = a mis un article dans le panier sans l’acheter\n"
        "2018 Holiday Special = a acheté pendant notre offre de décembre 2018",
    },
    "es": {
        "purposes": "Queremos saber qué anuncios y enlaces traen a las personas a nuestra tienda, para "
        "gastar dinero solo en los útiles.\n\nLos datos también nos muestran qué compró cada cliente y "
        "sirven para enviar el boletín a quienes lo pidieron.",
        "data_subjects": "Clientes de la tienda en línea, suscriptores del boletín y visitantes que "
        "dejaron su correo electrónico.",
        "data_categories": "Nombre y correo electrónico; pedidos, productos e importes; suscripciones; "
        "etiquetas (tags) que pusimos a un contacto; visitas a nuestras páginas con hora, página, número "
        "de dispositivo, dirección IP y lugar aproximado; el anuncio o enlace que llevó hasta nosotros.",
        "recipients": "SegMetrics (el programa en el que están los datos, como encargado del "
        "tratamiento); Postkutsche GmbH (envía el boletín); Kontorwerk Steuerberatung (nuestros "
        "contables, solo facturas).",
        "transfers": "SegMetrics guarda los datos en los Estados Unidos. La transferencia se basa en las "
        "cláusulas contractuales tipo de la Comisión Europea (art. 46, apartado 2, letra c), del RGPD). "
        "Puede pedirnos una copia.",
        "storage_period": "Visitas: 24 meses. Contactos y etiquetas: hasta que termine el fin, como "
        "máximo tres años después del último pedido. Facturas: ocho años, como exige la legislación "
        "fiscal.",
        "source": "De usted, cuando nos dio sus datos en la tienda o para el boletín. De su navegador, "
        "cuando visitó nuestras páginas.",
        "automated_decisions": "No existen decisiones automatizadas, incluida la elaboración de "
        "perfiles, que produzcan efectos jurídicos en usted o le afecten significativamente de modo "
        "similar (art. 22 del RGPD).",
        "security": "Acceso por cuentas personales con segundo factor; conexiones cifradas; un contrato "
        "con cada encargado; revisión anual de los accesos.",
        "authority": "Autoridad de control de protección de datos (ejemplo)\n"
        "Beispielplatz 1\n"
        "10115 Berlin\n"
        "post@authority.example.org",
        "contact": "Delegada de protección de datos\nAcme GmbH, Musterstraße 1, 10115 Berlin\nprivacy@acme.example.com",
        "tag_meanings": "New Lead = dejó su correo electrónico y aún no ha comprado\n"
        "Newsletter = recibe nuestro boletín\n"
        "Platinum Customer = ha comprado por más de 500 euros\n"
        "marketing-blueprint = descargó nuestra guía «Marketing Blueprint»\n"
        "VIP = ha comprado más de tres veces\n"
        "Webinar = participó en un seminario en línea\n"
        "Abandoned cart = puso algo en el carrito y no lo compró\n"
        "2018 Holiday Special = compró durante nuestra oferta de diciembre de 2018",
    },
}

RECIPIENTS: tuple[Mapping[str, str], ...] = (
    {
        "name": "Postkutsche GmbH",
        "email": "privacy@postkutsche.example.com",
        "address": "Postkutsche GmbH\nData protection\nDeichstraße 8\n20459 Hamburg",
        "language": "de",
        "what": "Name and e-mail address, for the newsletter",
    },
    {
        "name": "Kontorwerk Steuerberatung",
        "address": "Kontorwerk Steuerberatung\nSpeicherweg 3\n10115 Berlin",
        "language": "de",
        "what": "Invoices, for the accounts",
    },
)
