"""Kaplan–Meier survival with delayed entry."""

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.duration.survfunc import SurvfuncRight


def kaplan_meier(
    exit_time: pd.Series,
    event: pd.Series,
    entry_time: pd.Series | None = None,
    least_at_risk: int = 1,
    level: float = 0.95,
) -> pd.DataFrame:
    """Survival by duration for persons who are observed from `entry_time` to `exit_time`.

    Parameters
    ----------
    exit_time, event, entry_time
        Duration at the end of observation, whether it ended with the event (censored otherwise), and the duration already
        reached when observation began (left truncation; none without it). Entry lies before exit.
    least_at_risk
        The curve begins where at least so many are at risk, and ends before fewer are; survival is then conditional on
        reaching its begin.

    Returns
    -------
    pandas.DataFrame
        One row per time of an event: `time`, `estimate` (S), `se` (Greenwood), `low`, `high` (log-log), `at_risk`, `events`.
        The interval is missing where S is 1 or 0.

    Notes
    -----
    S(t) = ∏ (1 − dᵢ/nᵢ) with nᵢ = #{entry < tᵢ ≤ exit}: Kaplan, E. L. & Meier, P. (1958), JASA 53: 457–481; with delayed entry
    as R's `survfit(Surv(entry, exit, event))`.
    """
    columns = ["time", "estimate", "se", "low", "high", "at_risk", "events"]
    entry = entry_time.to_numpy(float) if entry_time is not None else np.zeros(len(exit_time))
    if not len(exit_time):
        return pd.DataFrame(columns=columns, dtype=float)
    fitted = SurvfuncRight(exit_time.to_numpy(float), event.to_numpy(int), entry=entry)
    frame = pd.DataFrame({"time": fitted.surv_times, "at_risk": fitted.n_risk, "events": fitted.n_events}, dtype=float)
    enough = (frame["at_risk"] >= least_at_risk).to_numpy()
    if not enough.any():
        return pd.DataFrame(columns=columns, dtype=float)
    begin = int(enough.argmax())
    short = np.flatnonzero(~enough[begin:])
    frame = frame.iloc[begin : begin + short[0] if len(short) else None].reset_index(drop=True)
    survival = (1 - frame["events"] / frame["at_risk"]).cumprod()
    left = frame["at_risk"] * (frame["at_risk"] - frame["events"])
    hazard_variance = (frame["events"] / left.where(left > 0)).fillna(0).cumsum()
    frame["estimate"], frame["se"] = survival, survival * np.sqrt(hazard_variance)
    inside = survival.where((survival > 0) & (survival < 1))
    spread = norm.ppf((1 + level) / 2) * np.sqrt(hazard_variance) / np.abs(np.log(inside))
    frame["low"], frame["high"] = inside ** np.exp(spread), inside ** np.exp(-spread)
    return frame[columns]


def median_survival(curve: pd.DataFrame) -> pd.DataFrame:
    """The first time at which half or fewer remain, from a curve of `kaplan_meier`.

    Returns
    -------
    pandas.DataFrame
        One row: `estimate`, `low`, `high` (where the bounds of the curve pass one half) and `reason` `not_reached` where more
        than half remain at the curve's end.
    """

    def first(bound: pd.Series) -> float:
        reached = curve.loc[bound <= 0.5, "time"]
        return float(reached.iloc[0]) if len(reached) else np.nan

    estimate = first(curve["estimate"])
    row = {"estimate": estimate, "low": first(curve["low"]), "high": first(curve["high"])}
    return pd.DataFrame([row | {"reason": "" if np.isfinite(estimate) else "not_reached"}])
