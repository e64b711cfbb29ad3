"""The publications that a paper on a study cites: the tool, the data set and the statistics."""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.study.study_data import StudyData

TOOL_NAME = "param-scaling-bench"
_TOOL_KEY = "paramscalingbench"


@dataclass(frozen=True)
class Reference:
    """An entry of a bibliography. ``cited`` is its name in a text."""

    key: str
    kind: str
    fields: Mapping[str, str]
    cited: str


class Source(enum.Enum):
    """The publications of the statistics and of the guidelines."""

    SMYTH = Reference(
        "smyth2004",
        "article",
        {
            "author": "Smyth, Gordon K.",
            "title": "Linear models and empirical {Bayes} methods for assessing differential expression in microarray "
            "experiments",
            "journal": "Statistical Applications in Genetics and Molecular Biology",
            "volume": "3",
            "number": "1",
            "year": "2004",
            "doi": "10.2202/1544-6115.1027",
        },
        "Smyth 2004",
    )
    NADEAU = Reference(
        "nadeau2003",
        "article",
        {
            "author": "Nadeau, Claude and Bengio, Yoshua",
            "title": "Inference for the generalization error",
            "journal": "Machine Learning",
            "volume": "52",
            "pages": "239--281",
            "year": "2003",
            "doi": "10.1023/A:1024068626366",
        },
        "Nadeau and Bengio 2003",
    )
    BENGIO = Reference(
        "bengio2004",
        "article",
        {
            "author": "Bengio, Yoshua and Grandvalet, Yves",
            "title": "No unbiased estimator of the variance of {K}-fold cross-validation",
            "journal": "Journal of Machine Learning Research",
            "volume": "5",
            "pages": "1089--1105",
            "year": "2004",
        },
        "Bengio and Grandvalet 2004",
    )
    SATTERTHWAITE = Reference(
        "satterthwaite1946",
        "article",
        {
            "author": "Satterthwaite, F. E.",
            "title": "An approximate distribution of estimates of variance components",
            "journal": "Biometrics Bulletin",
            "volume": "2",
            "number": "6",
            "pages": "110--114",
            "year": "1946",
            "doi": "10.2307/3002019",
        },
        "Satterthwaite 1946",
    )
    WILSON = Reference(
        "wilson1927",
        "article",
        {
            "author": "Wilson, Edwin B.",
            "title": "Probable inference, the law of succession, and statistical inference",
            "journal": "Journal of the American Statistical Association",
            "volume": "22",
            "number": "158",
            "pages": "209--212",
            "year": "1927",
            "doi": "10.1080/01621459.1927.10502953",
        },
        "Wilson 1927",
    )
    BERGER = Reference(
        "berger1982",
        "article",
        {
            "author": "Berger, Roger L.",
            "title": "Multiparameter hypothesis testing and acceptance sampling",
            "journal": "Technometrics",
            "volume": "24",
            "number": "4",
            "pages": "295--300",
            "year": "1982",
            "doi": "10.1080/00401706.1982.10487790",
        },
        "Berger 1982",
    )
    DAVISON = Reference(
        "davison1997",
        "book",
        {
            "author": "Davison, A. C. and Hinkley, D. V.",
            "title": "Bootstrap methods and their application",
            "publisher": "Cambridge University Press",
            "year": "1997",
            "doi": "10.1017/CBO9780511802843",
        },
        "Davison and Hinkley 1997",
    )
    HESTERBERG = Reference(
        "hesterberg2015",
        "article",
        {
            "author": "Hesterberg, Tim C.",
            "title": "What teachers should know about the bootstrap: resampling in the undergraduate statistics "
            "curriculum",
            "journal": "The American Statistician",
            "volume": "69",
            "number": "4",
            "pages": "371--386",
            "year": "2015",
            "doi": "10.1080/00031305.2015.1089789",
        },
        "Hesterberg 2015",
    )
    CLAIM = Reference(
        "tejani2024",
        "article",
        {
            "author": "Tejani, Ali S. and Klontzas, Michail E. and Gatti, Anthony A. and Mongan, John T. and Moy, "
            "Linda and Park, Seong Ho and Kahn, Jr., Charles E. and {CLAIM 2024 Update Panel}",
            "title": "Checklist for artificial intelligence in medical imaging ({CLAIM}): 2024 update",
            "journal": "Radiology: Artificial Intelligence",
            "volume": "6",
            "number": "4",
            "pages": "e240300",
            "year": "2024",
            "doi": "10.1148/ryai.240300",
        },
        "Tejani et al. 2024",
    )
    TRIPOD = Reference(
        "collins2024",
        "article",
        {
            "author": "Collins, Gary S. and Moons, Karel G. M. and Dhiman, Paula and others",
            "title": "{TRIPOD+AI} statement: updated guidance for reporting clinical prediction models that use "
            "regression or machine learning methods",
            "journal": "BMJ",
            "volume": "385",
            "pages": "e078378",
            "year": "2024",
            "doi": "10.1136/bmj-2023-078378",
        },
        "Collins et al. 2024",
    )

    @property
    def cited(self) -> str:
        """Its name in a text."""
        return self.value.cited


_DIGITS = Reference(
    "alpaydin1998",
    "misc",
    {
        "author": "Alpaydin, E. and Kaynak, C.",
        "title": "Optical recognition of handwritten digits",
        "howpublished": "UCI Machine Learning Repository",
        "year": "1998",
        "doi": "10.24432/C50P49",
    },
    "Alpaydin and Kaynak 1998",
)


def references(data: StudyData, texts: str, data_bib: str | None) -> str:
    """The bibliography as BibTeX: the tool, the data set, and every source that the texts name.

    Args:
        data: the study.
        texts: what cites the sources, by their names.
        data_bib: the data set's own entries; None for those that are known to the tool.
    """
    cited = [source.value for source in Source if source.cited in texts]
    of_data = _bibtex(_data_set(data)) if data_bib is None else data_bib.strip()
    return "\n\n".join([_bibtex(_tool(data)), of_data, *map(_bibtex, cited)]) + "\n"


def _tool(data: StudyData) -> Reference:
    environments = [each.values for each in data.environments.values()]
    versions = dict.fromkeys(version for each in environments if (version := _version(each)))
    commits = dict.fromkeys(str(each["commit"]) for each in environments if each.get("commit"))
    notes = [f"commit {commit}" for commit in commits]
    return Reference(
        _TOOL_KEY,
        "misc",
        {
            "author": "{The param-scaling-bench developers}",
            "title": "{param-scaling-bench}",
            **({"howpublished": f"Software, version {' and '.join(versions)}"} if versions else {}),
            **({"note": ", ".join(notes)} if notes else {}),
        },
        TOOL_NAME,
    )


def _version(environment: Mapping[str, object]) -> str | None:
    versions = environment.get("versions")
    return str(versions[TOOL_NAME]) if isinstance(versions, Mapping) and TOOL_NAME in versions else None


def _data_set(data: StudyData) -> Reference:
    if data.study.dataset == "digits":
        return _DIGITS
    return Reference(
        "dataset",
        "misc",
        {
            "title": f"{{{_escaped(data.study.dataset)}}}",
            "note": f"Data set of {sum(data.study.class_counts)} images, hash {data.study.data_hash}. The study stores "
            "no reference of it: replace this entry by the data set's own (--data-bib)",
        },
        data.study.dataset,
    )


def _bibtex(reference: Reference) -> str:
    return "\n".join([f"@{reference.kind}{{{reference.key},", *_lines(reference.fields), "}"])


def _lines(fields: Mapping[str, str]) -> Iterator[str]:
    for name, value in fields.items():
        yield f"  {name} = {{{value}}},"


def _escaped(text: str) -> str:
    """A name as LaTeX text in a BibTeX field, where braces must pair."""
    plain = {"\\": r"\textbackslash ", "{": r"\(\lbrace\)", "}": r"\(\rbrace\)", "~": r"\textasciitilde "}
    special = {"^": r"\textasciicircum ", **{letter: f"\\{letter}" for letter in "&%$#_"}}
    return "".join({**plain, **special}.get(letter, letter) for letter in text)
