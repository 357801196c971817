"""Measures of tables that stay on their engine are those of a frame in memory: in estimates, errors and words."""

import os

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from calls import CALLS, DESIGNS, rows, same, written_out
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, make_url

from analysis import inference
from analysis.errors import RunError, StudyError
from analysis.inference import Census, ReplicateDesign, ResampledDesign, SurveyDesign
from analysis.inference.estimates import base_of, estimated
from analysis.inference.moments import mean_part
from analysis.inference.relations import bands, relation
from analysis.inference.relations.question import equivalent
from analysis.inference.relations.relation import Relation

ROWS = rows()
CLUSTERED = written_out(DESIGNS["clustered"])
SUMS = ("mean", "mean with missing", "share", "theil", "variance")
VALUES = ("gini", "quantiles", "shares of levels", "chance")


def on_duckdb(frame):
    with_frame = duckdb.connect()
    with_frame.register("frame", frame)
    with_frame.execute("create table kept as select * from frame")
    return with_frame.table("kept")


@pytest.fixture(scope="module")
def table():
    return on_duckdb(ROWS)


EVERY_CALL = [(call, design) for call in CALLS for design in ("stratified", "clustered")]
EVERY_DESIGN = [(call, design) for call in ("mean with missing", "theil", "gini") for design in DESIGNS]


@pytest.mark.parametrize(("call", "design"), dict.fromkeys([*EVERY_CALL, *EVERY_DESIGN]))
def test_every_measure_of_a_table_in_duckdb_is_that_of_the_frame(table, call, design):
    own = written_out(DESIGNS[design])
    assert same(CALLS[call](table, own), CALLS[call](ROWS, own), own)


@pytest.mark.parametrize("design", [DESIGNS["simple"], DESIGNS["clustered"], DESIGNS["census"]])
@pytest.mark.parametrize("call", ["mean with missing", "theil", "gini", "correlation", "linear"])
def test_rows_of_a_table_may_stand_for_several(table, design, call):
    assert same(CALLS[call](table, design), CALLS[call](ROWS, design), design)


@pytest.mark.parametrize("call", [*SUMS, *VALUES])
@pytest.mark.parametrize("read", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "arrow"])
def test_a_table_may_lie_in_polars_or_arrow(read, call):
    for design in (CLUSTERED, written_out(DESIGNS["stratified"])):
        assert same(CALLS[call](read(ROWS), design), CALLS[call](ROWS, design), design)


@pytest.mark.parametrize("call", CALLS)
def test_a_table_may_lie_in_postgresql(call):
    server = os.environ.get("STUDY_TEST_POSTGRES")
    if not server:
        pytest.skip("no PostgreSQL server (STUDY_TEST_POSTGRES)")
    url = make_url(server)
    with create_engine(url).begin() as writing:
        ROWS.to_sql("register", writing, if_exists="replace", index=False)
    reading = ibis.postgres.connect(url.query["host"], url.username, url.password, database=url.database)
    table = reading.table("register")
    assert same(CALLS[call](table, CLUSTERED), CALLS[call](ROWS, CLUSTERED), CLUSTERED)


@pytest.fixture(scope="module")
def spark():
    pyspark = pytest.importorskip("pyspark.sql", reason="no Spark (the extra `spark`)")
    builder = pyspark.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "2").config("spark.driver.host", "127.0.0.1").getOrCreate()
    yield session
    session.stop()


@pytest.mark.parametrize("call", CALLS)
def test_a_table_may_lie_in_spark(spark, tmp_path, call):
    ROWS.to_parquet(tmp_path / "rows.parquet")
    table = spark.read.parquet(str(tmp_path / "rows.parquet"))
    assert same(CALLS[call](table, CLUSTERED), CALLS[call](ROWS, CLUSTERED), CLUSTERED)


BANDED = {
    "gini": lambda f, d: inference.gini(f, "pay", d, "sex", corrected=True),
    "gini of what is missing for some": lambda f, d: inference.gini(f, "hours", d),
    "quantiles": lambda f, d: inference.quantile(f, "pay", d, "sex", probabilities=(0.1, 0.5, 0.75)),
    "median of a part": lambda f, d: inference.median(f, "hours", d, where="is_new"),
    "lorenz": lambda f, d: inference.lorenz(f, "pay", d, ["sex", "is_new"]),
    "shares of fifths": lambda f, d: inference.quantile_shares(f, "pay", d),
    "palma": lambda f, d: inference.palma(f, "pay", d, "sex"),
}
AMOUNTS = ROWS.loc[ROWS.index.repeat(5)].reset_index(drop=True)
AMOUNTS["pay"] = np.random.default_rng(3).lognormal(8, 1, len(AMOUNTS)).round(-1)


class TestBands:
    """Fractions are ranked in bands of values, here of about ten rows."""

    @pytest.fixture(autouse=True)
    def narrow(self, monkeypatch):
        monkeypatch.setattr(bands, "BAND", 10)

    @pytest.mark.parametrize("call", BANDED)
    @pytest.mark.parametrize("design", ["clustered", "weighted", "strata set aside", "census"])
    def test_bands_of_values_give_what_a_sorted_frame_gives(self, call, design):
        own = written_out(DESIGNS[design])
        assert same(BANDED[call](on_duckdb(AMOUNTS), own), BANDED[call](AMOUNTS, own), own)

    def test_there_are_several_bands_and_none_is_much_too_large(self):
        cuts = bands.edges(Relation.of(on_duckdb(AMOUNTS)), "pay")
        sizes = np.bincount(np.searchsorted(cuts, AMOUNTS["pay"], side="right"))
        assert len(cuts) > 10
        assert sizes.sum() == len(AMOUNTS)
        assert sizes.max() <= max(10, AMOUNTS["pay"].value_counts().max())

    def test_a_quantile_reads_only_the_bands_that_it_and_its_bounds_lie_in(self, monkeypatch):
        read, every = [], bands.Bands.read
        monkeypatch.setattr(bands.Bands, "read", lambda own, band, *of: read.append(band) or every(own, band, *of))
        inference.median(on_duckdb(AMOUNTS), "pay", SurveyDesign())
        assert len(bands.edges(Relation.of(on_duckdb(AMOUNTS)), "pay")) > 10
        assert len(read) <= 6  # the median and two bounds, each at most at the edge of two bands

    def test_fractions_drawn_that_the_engine_does_not_know_are_kept(self):
        frame = AMOUNTS.assign(fraction=np.where(AMOUNTS["stratum"] == "a", 0.1, 0.5))
        design = SurveyDesign(strata="stratum", fpc="fraction")
        for call in BANDED.values():
            assert same(call(on_duckdb(frame), design), call(frame, design), design)

    def test_more_domains_than_a_question_can_name(self):
        frame = AMOUNTS.assign(domain=range(len(AMOUNTS)))
        with pytest.raises(StudyError) as refused:
            inference.median(on_duckdb(frame), "pay", SurveyDesign(), "domain")
        assert refused.value.key == "domains_too_many"
        assert refused.value.text("zh")


def test_several_domains_with_a_missing_key_and_a_reason_for_missing_answers():
    frame = pd.DataFrame(
        {
            "y": [1.0, np.nan, 3.0, 4.0, np.nan, 6.0],
            "y_missing": [None, "refused", None, None, "unknown", None],
            "g": ["a", "a", None, "b", "b", "b"],
            "year": [1, 1, 1, 2, 2, 2],
        }
    )
    found = inference.mean(on_duckdb(frame), "y", SurveyDesign(), ["g", "year"])
    assert same(found, inference.mean(frame, "y", SurveyDesign(), ["g", "year"]), None)
    assert found.table["excluded"].tolist() == ["y refused 1", "y unknown 1", ""]
    assert found.table["g"].tolist() == ["a", "b", "unknown"]


def test_rows_that_weigh_nothing_do_not_count():
    frame = pd.DataFrame({"y": [1.0, 2, 9, 4], "w": [1.0, 1, 0, 2]})
    for call in (inference.mean, inference.gini):
        found = call(on_duckdb(frame), "y", SurveyDesign(weights="w"))
        assert same(found, call(frame, "y", SurveyDesign(weights="w")), None)
        assert found.table["n"].tolist() == [3]


@pytest.mark.parametrize("call", [inference.mean, inference.gini, inference.theil])
def test_a_column_without_any_value_is_undefined_and_not_0(call):
    frame = ROWS.assign(acts=np.nan)
    found, expected = (call(given, "acts", CLUSTERED).table for given in (on_duckdb(frame), frame))
    assert np.isnan(found["estimate"].item())
    assert found[["n", "reason", "excluded"]].equals(expected[["n", "reason", "excluded"]])


def test_not_a_number_is_missing():
    frame = pl.DataFrame({"y": [1.0, float("nan"), 3.0]})
    found = inference.mean(frame, "y", SurveyDesign()).table
    assert (found["estimate"].item(), found["n"].item()) == (pytest.approx(2, rel=1e-15), 2)


def test_a_large_mean_keeps_the_digits_of_its_error():
    # ten million and 1, 2, 3: variance 1, so that the error of the mean is √(1/3)
    found = inference.mean(on_duckdb(pd.DataFrame({"y": [1e7 + 1, 1e7 + 2, 1e7 + 3]})), "y", SurveyDesign())
    assert found.table["se"].item() == pytest.approx((1 / 3) ** 0.5, rel=1e-12)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0.25, 4), st.integers(-50, 50)), min_size=3, max_size=40),
    st.floats(-1e5, 1e5),
)
@settings(max_examples=40)
def test_few_rows_have_the_sums_and_products_of_many(given_rows, centre):
    frame = pd.DataFrame(given_rows, columns=["class", "w", "y"])
    terms = np.column_stack([frame["w"], frame["w"] * (frame["y"] + centre), frame["w"] * frame["y"] ** 2])
    grouped = [terms[frame["class"] == one] for one in sorted(frame["class"].unique())]
    count = np.array([len(own) for own in grouped], dtype=float)
    few = equivalent(count, np.array([own.sum(axis=0) for own in grouped]), np.array([own.T @ own for own in grouped]))
    for own, made, n in zip(grouped, few.reshape(len(grouped), 4, 3), count, strict=True):
        size = np.abs(own).max(axis=0) * len(own) + 1e-9
        np.testing.assert_allclose(made.sum(axis=0) / size, own.sum(axis=0) / size, atol=1e-12)
        products = (made.T @ made) / (n / 4)
        np.testing.assert_allclose(products / np.outer(size, size), own.T @ own / np.outer(size, size), atol=1e-12)


def test_classes_that_are_named_come_in_order_whatever_the_engine_gives_first():
    classes = pd.DataFrame({"stratum": ["b", "a", "a", "b"], "cluster": [1, 9, 2, 0], relation.ROWS: 1})
    named = relation.rows_named(classes, np.array([True, True, True, False]))
    assert named == "stratum = a, cluster = 2; stratum = a, cluster = 9; stratum = b, cluster = 1"


def test_a_statistic_that_asks_for_nothing_further_is_computed_once(table):
    times = []

    def statistic(base):
        times.append(len(base.cells))
        return [mean_part(base, y)]

    base, (y,) = base_of(table, CLUSTERED, ["acts"], "sex", summed=True)
    estimated(base, statistic)
    assert times == [12]  # six clusters, two sexes


class TestWhatIsRefused:
    def refused(self, call):
        with pytest.raises(StudyError) as refused:
            call()
        assert refused.value.text("en")
        assert refused.value.text("zh")
        return refused.value

    def test_what_is_no_table(self):
        refused = self.refused(lambda: inference.mean([1, 2, 3], "y", SurveyDesign()))
        assert (refused.key, refused.facts["kind"]) == ("frame_unknown", "builtins.list")

    @pytest.mark.parametrize("call", [inference.mean, inference.gini, inference.proportion, inference.quantile])
    def test_a_column_that_is_not_there_is_named(self, table, call):
        refused = self.refused(lambda: call(table, "act", CLUSTERED))
        assert (refused.key, refused.facts["nearest"]) == ("column_absent", "acts")
        refused = self.refused(lambda: call(table, "acts", SurveyDesign(clusters="clusted")))
        assert (refused.key, refused.facts["nearest"]) == ("design_column_absent", "cluster")

    def test_words_in_place_of_numbers(self, table):
        refused = self.refused(lambda: inference.mean(table, "sex", CLUSTERED))
        assert (refused.key, refused.facts["values"]) == ("column_not_numeric", "men, women")

    @pytest.mark.parametrize(
        ("weight", "key"), [(None, "weights_missing"), (-1.0, "weights_negative"), (np.inf, "weights_infinite")]
    )
    @pytest.mark.parametrize("call", [inference.mean, inference.gini])
    @pytest.mark.parametrize("design", [CLUSTERED, SurveyDesign(weights="weight")])
    def test_weights_that_cannot_be(self, weight, key, call, design):
        frame = ROWS.assign(weight=ROWS["weight"].astype(float).mask(ROWS.index == 5, weight))
        refused = self.refused(lambda: call(on_duckdb(frame), "acts", design))
        assert (refused.key, refused.facts["count"], refused.facts["column"]) == (key, 1, "weight")

    def test_where_a_wrong_row_lies_is_told_by_its_stratum_and_cluster(self):
        frame = ROWS.assign(weight=ROWS["weight"].mask(ROWS.index == 5, -1.0))
        refused = self.refused(lambda: inference.mean(on_duckdb(frame), "acts", CLUSTERED))
        assert refused.facts["rows"] == f"stratum = {frame['stratum'][5]}, cluster = {frame['cluster'][5]}"

    def test_infinite_values(self):
        frame = ROWS.assign(pay=ROWS["pay"].mask(ROWS.index < 2, np.inf))
        refused = self.refused(lambda: inference.mean(on_duckdb(frame), "pay", CLUSTERED))
        assert (refused.key, refused.facts["count"]) == ("column_infinite", 2)

    @pytest.mark.parametrize("call", [inference.theil, inference.gini])
    def test_negative_amounts(self, call):
        frame = ROWS.assign(pay=-ROWS["pay"].round(-2))
        refused = self.refused(lambda: call(on_duckdb(frame), "pay", CLUSTERED))
        assert (refused.key, refused.facts["count"] > 0) == ("amounts_negative", True)

    @pytest.mark.parametrize("call", [inference.mean, inference.gini])
    @pytest.mark.parametrize("design", [CLUSTERED, SurveyDesign(), Census(), SurveyDesign(weights="weight")])
    def test_a_table_without_rows(self, call, design):
        assert self.refused(lambda: call(on_duckdb(ROWS.head(0)), "acts", design)).key == "frame_empty"

    @pytest.mark.parametrize("wrong", [0, 1.5, np.nan, np.inf])
    @pytest.mark.parametrize("call", [inference.mean, inference.gini])
    def test_what_is_no_number_of_rows(self, call, wrong):
        frame = ROWS.assign(times=ROWS["times"].astype(float).replace(4.0, wrong))
        refused = self.refused(lambda: call(on_duckdb(frame), "acts", DESIGNS["clustered"]))
        assert (refused.key, refused.facts["count"]) == ("frequency_invalid", (ROWS["times"] == 4).sum())

    def test_strata_and_clusters_that_are_missing_are_counted_in_rows(self):
        frame = ROWS.assign(cluster=ROWS["cluster"].mask(ROWS["cluster"] == 2))
        refused = self.refused(lambda: inference.mean(on_duckdb(frame), "acts", CLUSTERED))
        assert refused.key == "clusters_missing"
        assert (refused.facts["count"], refused.facts["total"]) == ((ROWS["cluster"] == 2).sum(), len(ROWS))

    def test_designs_that_need_every_row(self, table):
        for design in (ReplicateDesign(weights="weight", replicates="r"), ResampledDesign(CLUSTERED, kind="bootstrap")):
            assert self.refused(lambda one=design: inference.mean(table, "acts", one)).key == "design_in_memory"
        sample = CLUSTERED.sample(ROWS)
        assert self.refused(lambda: inference.mean(table, "acts", sample)).key == "design_in_memory"

    def test_calls_that_need_every_row(self, table):
        assert self.refused(lambda: CLUSTERED.sample(table)).key == "frame_in_memory"
        assert self.refused(lambda: Census().sample(table)).key == "frame_in_memory"
        assert self.refused(lambda: inference.rake(table, CLUSTERED, {})).key == "frame_in_memory"
        assert self.refused(lambda: inference.person_periods(table, "age", "is_new")).key == "frame_in_memory"

    def test_a_part_that_is_named_by_values(self, table):
        refused = self.refused(lambda: inference.mean(table, "acts", CLUSTERED, where=ROWS["is_new"]))
        assert refused.key == "where_in_memory"

    def test_more_classes_than_memory_holds(self, table, monkeypatch):
        monkeypatch.setattr(relation, "MOST", 10)
        refused = self.refused(lambda: inference.chi_square(table, "age", "sex", CLUSTERED))
        assert (refused.key, refused.facts["columns"]) == ("classes_too_many", "stratum, cluster, age, sex")

    @pytest.mark.parametrize("design", [SurveyDesign(weights="weight"), CLUSTERED])
    def test_results_of_two_readings_are_not_joined(self, table, design):
        # each question has its own rows that stand for a class, and its own order of clusters
        made = [inference.mean(table, "acts", design), inference.mean(table, "age", design)]
        assert self.refused(lambda: inference.joined(made)).key == "not_one_sample"


def test_an_engine_that_stops_is_told_and_its_own_error_kept(tmp_path):
    """The end of the file, where Parquet says what stands in it, is there; the rows are not."""
    duckdb.sql("select range as acts from range(100000)").write_parquet(str(tmp_path / "rows.parquet"))
    table = duckdb.read_parquet(str(tmp_path / "rows.parquet"))
    content = (tmp_path / "rows.parquet").read_bytes()
    (tmp_path / "rows.parquet").write_bytes(b"PAR1" + bytes(len(content) - 1004) + content[-1000:])
    with pytest.raises(RunError) as caught:
        inference.mean(table, "acts", SurveyDesign())
    assert (caught.value.key, caught.value.facts["engine"]) == ("engine_stopped", "DuckDB")
    assert isinstance(caught.value.__cause__, duckdb.Error)
