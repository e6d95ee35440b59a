# A table with the columns of UCI's Adult, which needs a separate download. Rows are drawn as follows:
#
# - Age: 17 plus a gamma variate; sex, race and country by their shares; education from 16 levels, of which the young
#   have not yet reached the highest; education-num is the number of the level.
# - The marital status depends on age, the relationship on marital status, sex and age.
# - The occupation depends on education and sex: a softmax of tastes. Workclass depends on the occupation. Both are "?"
#   together in 6 % of the rows, more often for the young and the old; country is empty in 2 %.
# - Hours: 40 for half of the rows, else normal, with more for managers and fewer for the youngest and oldest.
# - Capital gain (8 % of the rows, more with education) and loss (5 %) are 0 or log-normal; fnlwgt means nothing.
# - The logit of an income above 50K adds: education; age, as a parabola with its top at 49; hours, saturating at 60;
#   being married, more so with education; the occupation; workclass; sex, for the unmarried only; a gain above 5,000
#   (nearly certain), a loss from 1,800 to 2,000. The label is drawn from it: the exact
#   formula would be right for 89.3 % of the rows.
import numpy as np

rows = 30_000
target = "income"

educations = (
    "Preschool 1st-4th 5th-6th 7th-8th 9th 10th 11th 12th HS-grad Some-college Assoc-voc Assoc-acdm Bachelors Masters "
    "Prof-school Doctorate"
).split()
education_shares = np.array([2, 5, 10, 20, 16, 29, 36, 13, 323, 224, 42, 33, 164, 53, 18, 12])
occupations = {  # income, taste for education, taste of women
    "Exec-managerial": (0.9, 0.25, 0.0),
    "Prof-specialty": (0.7, 0.55, 0.3),
    "Craft-repair": (0.1, -0.15, -2.5),
    "Adm-clerical": (0.0, 0.0, 1.4),
    "Sales": (0.3, 0.05, 0.1),
    "Other-service": (-0.9, -0.25, 0.8),
    "Machine-op-inspct": (-0.3, -0.3, -0.5),
    "Transport-moving": (-0.1, -0.25, -2.6),
    "Handlers-cleaners": (-0.8, -0.35, -1.6),
    "Farming-fishing": (-1.2, -0.3, -2.2),
    "Tech-support": (0.6, 0.15, 0.1),
    "Protective-serv": (0.5, 0.0, -1.7),
    "Priv-house-serv": (-1.5, -0.5, 3.0),
    "Armed-Forces": (0.0, 0.0, -4.0),
}
common = np.array([1.4, 0.9, 1.4, 1.0, 1.1, 0.7, 0.3, 0.3, 0.0, -0.4, -0.8, -0.7, -4.5, -5.5])
workclasses = {
    "Private": (0.0, 0.74),
    "Self-emp-not-inc": (-0.4, 0.083),
    "Local-gov": (-0.1, 0.068),
    "State-gov": (-0.2, 0.042),
    "Self-emp-inc": (0.4, 0.036),
    "Federal-gov": (0.4, 0.03),
    "Without-pay": (-3.0, 0.001),
}
countries = (
    "United-States Mexico Philippines Germany Canada Puerto-Rico El-Salvador India Cuba England Jamaica South China "
    "Italy Dominican-Republic Vietnam Guatemala Japan Poland Columbia Taiwan Haiti Iran Portugal Nicaragua Peru France "
    "Greece Ecuador Ireland Hong Cambodia Trinadad&Tobago Laos Thailand Yugoslavia Hungary Honduras Scotland"
).split()
races = {"White": 0.855, "Black": 0.096, "Asian-Pac-Islander": 0.031, "Amer-Indian-Eskimo": 0.01, "Other": 0.008}


def table(seed=1):
    """The columns as lists by name, the target last."""
    random = np.random.default_rng(seed)
    normal = lambda: random.normal(size=rows)
    chance = lambda p: random.random(rows) < p

    age = (17 + random.gamma(2.6, 8.3, rows)).clip(17, 90).round().astype(int)
    is_female = chance(0.33)
    race = random.choice(list(races), rows, p=list(races.values()))
    country_shares = np.array([0.91, *(0.09 / np.arange(2, len(countries) + 1) ** 1.1)])
    country = random.choice(countries, rows, p=country_shares / country_shares.sum())
    level = random.choice(16, rows, p=education_shares / education_shares.sum())
    level = np.where((age < 22) & (level > 9), 9, np.where((age < 26) & (level > 12), 12, level))
    education = np.array(educations)[level]

    is_married = chance(0.68 / (1 + np.exp(-(age - 27) / 4)) * np.where(is_female, 0.4, 1))
    was_married = ~is_married & chance(0.75 / (1 + np.exp(-(age - 38) / 7)))
    apart = np.where(chance(0.8), "Divorced", "Separated")
    former = np.where(chance(np.clip((age - 45) / 60, 0.02, 0.7)), "Widowed", apart)
    absent = np.where(chance(0.04), "Married-spouse-absent", "Never-married")
    present = np.where(chance(0.002), "Married-AF-spouse", "Married-civ-spouse")
    marital = np.where(is_married, present, np.where(was_married, former, absent))
    alone = np.where(
        chance(np.clip((34 - age) / 18, 0.05, 0.9)),
        "Own-child",
        np.where(chance(0.25), "Unmarried", np.where(chance(0.06), "Other-relative", "Not-in-family")),
    )
    relationship = np.where(is_married, np.where(is_female, "Wife", "Husband"), alone)

    effects = np.array(list(occupations.values()))
    taste = common + np.outer(level - 9, effects[:, 1]) + np.outer(is_female, effects[:, 2])
    job = (taste + random.gumbel(size=taste.shape)).argmax(axis=1)
    occupation = np.array(list(occupations))[job]
    shares = np.array([share for _, share in workclasses.values()])
    employer = random.choice(len(workclasses), rows, p=shares / shares.sum())
    workclass = np.array(list(workclasses))[employer]
    is_unknown = chance(np.where((age < 23) | (age > 64), 0.16, 0.035))

    hours = 41 + 9 * normal() + 4 * (job == 0) - 14 * ((age < 21) | (age > 66))
    hours = np.where(chance(0.5) & (age > 20) & (age < 67), 40, hours).clip(1, 99).round().astype(int)
    gain = np.where(chance(0.05 + 0.012 * np.maximum(level - 8, 0)), np.exp(8.4 + 0.9 * normal()), 0)
    gain = np.where(gain > 41_310, 99_999, gain).round().astype(int)
    loss = np.where((gain == 0) & chance(0.05), np.exp(7.53 + 0.18 * normal()), 0).round().astype(int)
    weight = np.exp(12 + 0.55 * normal()).round().astype(int)

    logit = (
        -2.75
        + 0.3 * (level - 8)
        - ((age - 49) / 14) ** 2 * 0.55
        + 0.045 * (np.minimum(hours, 60) - 40)
        + is_married * (2.3 + 0.08 * (level - 8))
        - 0.4 * (is_female & ~is_married)
        + np.where(is_unknown, -0.5, effects[job, 0] + np.array([e for e, _ in workclasses.values()])[employer])
        + 6 * (gain > 5_000)
        + 2.5 * ((loss > 1_800) & (loss < 2_000))
        - 0.4 * (country == "Mexico")
    )
    is_above = chance(1 / (1 + np.exp(-1.35 * logit)))

    return {
        "age": age.tolist(),
        "workclass": np.where(is_unknown, "?", workclass).tolist(),
        "fnlwgt": weight.tolist(),
        "education": education.tolist(),
        "education-num": (level + 1).tolist(),
        "marital-status": marital.tolist(),
        "occupation": np.where(is_unknown, "?", occupation).tolist(),
        "relationship": relationship.tolist(),
        "race": race.tolist(),
        "sex": np.where(is_female, "Female", "Male").tolist(),
        "capital-gain": gain.tolist(),
        "capital-loss": loss.tolist(),
        "hours-per-week": hours.tolist(),
        "native-country": [None if hole else name for hole, name in zip(chance(0.018).tolist(), country.tolist())],
        "income": np.where(is_above, ">50K", "<=50K").tolist(),
    }
