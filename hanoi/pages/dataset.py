"""The schema.org description of the data package, in the head of its page."""

import json

from hanoi import evidence
from hanoi.build.record import released

PAGE = "book/data"


def add(app, pagename, templatename, context, doctree):
    """Put the schema.org description of the data package into the head of its page."""
    if pagename == PAGE:
        described = json.dumps(dataset(), ensure_ascii=False, indent=1).replace("<", "\\u003c")
        context["metatags"] = (
            context.get("metatags", "") + f'\n<script type="application/ld+json">{described}</script>\n'
        )


def dataset():
    """Return the schema.org Dataset of the data package as JSON-LD."""
    package = json.loads((evidence.DATA / evidence.PACKAGE).read_text(encoding="utf-8"))
    licence = package["licenses"][0]["path"]
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": package["title"],
        "description": package["description"],
        "version": package["version"],
        "license": licence,
        "keywords": package["keywords"],
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "creator": [{"@type": "Organization", "name": person["title"]} for person in package["contributors"]],
        "datePublished": released(),
        "temporalCoverage": "/".join(package["temporal"][end][:4] for end in ("start", "end")),
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": "text/csv",
                "name": resource["name"],
                "description": resource.get("title", resource["name"]),
                "contentUrl": f"../_static/data/{resource['path']}",
            }
            for resource in package["resources"]
            if resource["path"].endswith(".csv")
        ],
    }
