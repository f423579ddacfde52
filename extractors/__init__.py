"""Pages and PDFs in, text and readings out. Knows no Prefect, no database, no network.

How a file is read, in the order the functions are called (all of it inside ``confined``)::

    register = Register(packs)                       # once a process: features of every blank
    for raw in list_pages(path, limit):              # files: lazily; BadInput names what is wrong
        page = clean(raw)                            # pages: 300 dpi grey, blank or not
        marks = marks_on(page.image)                 # symbols: its bar codes
        pieces = Pieces(straight(page).image)        # pieces: lines of type, read when asked for
        seen = glance(pieces, packs)                 # captioned: forms without a blank, or hints
        if seen.told:
            readings = read_beside(pieces, told, …)  # beside: their fields, beside the captions
        found = register.find(page, marks)           # register: Registered | None
        if found is None:
            page = turned(page)                      # pages: right way up, glanced at once more
            text = page_text(straight(page))         # text: its words, and where they are
            told = recognise(text.words, packs)      # captioned: what the glance missed, or None
    documents = separate(sheets)                     # separate: which pages make one document
    readings = read_fields(registered_pages, pack)   # fields: list[Reading]
    picture = crop(registered.upright, reading.box)  # pages: PNG bytes

and, in the parent, which imports nothing heavy::

    confinement = Confinement(("flows.reading:warm",), Limits(seconds=180))  # confined
    result = confinement.run(function, *args)                                  # or BadInput

Images are ``uint8`` arrays of shape ``(height, width)``, 0 black and 255 white.
"""
