# A table with the columns of scikit-learn's California housing, which needs a separate download. Rows are drawn as
# follows:
#
# - Position: one of 40 towns (log-normal sizes, a spread each) along a coast from (42, -124.3) to (32.5, -117), or
#   anywhere inland for a tenth of the rows.
# - Wealth and desirability of a position: two smooth random fields, sums of 24 plane waves of lengths from 0.15 to 4
#   degrees (amplitudes grow with the length), and the nearness of the coast.
# - Income is log-normal in wealth, rooms grow with income, and are many in the emptiest places (resorts); the population
#   and the persons in a household are log-normal with long tails; ages of houses grow with density and end at 52.
# - log(value) = 0.58 log(income) + desirability + 0.35 coast (more for high incomes) - 0.45 log(persons)
#   + 0.3 log(rooms per person) - 0.15 young, in dense places + noise of deviation 0.2; values end at 5.00001. The noise
#   alone causes a root mean square error of 0.468.
import numpy as np

rows = 20_000
columns = ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"]
target = "MedHouseVal"


def field(random, latitude, longitude):
    """A smooth random function of the position, with a deviation of about 1."""
    lengths = np.geomspace(0.15, 4, 24)
    amplitudes = lengths**0.5
    angles, phases = random.uniform(0, 2 * np.pi, (2, 24))
    along = np.outer(latitude, np.sin(angles)) + np.outer(longitude, np.cos(angles))
    waves = amplitudes * np.cos(2 * np.pi * along / lengths + phases)
    return waves.sum(axis=1) / np.sqrt((amplitudes**2).sum() / 2)


def table(seed=1):
    """The columns as lists by name, the target last."""
    random = np.random.default_rng(seed)
    count = 40
    share = random.lognormal(0, 1.1, count)
    along, inland = random.beta(0.8, 0.8, count), random.exponential(0.7, count)
    town = random.choice(count, rows, p=share / share.sum())
    spread = random.uniform(0.04, 0.35, count)[town]
    is_rural = random.random(rows) < 0.1
    t = np.where(is_rural, random.random(rows), along[town])
    distance = np.where(is_rural, random.uniform(0, 4, rows), inland[town])
    shift = np.where(is_rural, 0, spread)
    distance = np.abs(distance + shift * random.normal(size=rows))
    latitude = np.clip(42 - 9.5 * t + shift * random.normal(size=rows), 32.5, 42).round(2)
    longitude = (-124.3 + 7.3 * (42 - latitude) / 9.5 + distance).round(2)

    coast = np.exp(-distance / 0.4)
    wealth, desirability = (field(random, latitude, longitude) for _ in range(2))
    density = np.where(is_rural, 0, np.log1p(10 * share[town] * (0.35 / spread) / share.max()))
    income = np.exp(1.2 + 0.22 * wealth + 0.1 * coast + 0.36 * random.normal(size=rows)).clip(0.5, 15)
    age = (14 + 9 * density + 12 * random.normal(size=rows)).clip(1, 52).round()
    is_resort = is_rural & (random.random(rows) < 0.15)
    rooms = 3.2 + 0.5 * income + random.normal(0, 0.7, rows) + is_resort * random.exponential(12, rows)
    rooms = rooms.clip(0.9)
    bedrooms = 1.03 + 0.01 * np.maximum(rooms - 7, 0) * random.uniform(5, 20, rows) / 5 + random.normal(0, 0.07, rows)
    bedrooms = bedrooms.clip(0.4)
    population = np.exp(7.05 + 0.72 * random.normal(size=rows)).clip(3).round()
    persons = np.exp(1.04 + 0.24 * random.normal(size=rows) - 0.04 * wealth)
    persons = persons * np.where(random.random(rows) < 0.002, random.lognormal(2, 1, rows), 1)

    young = np.exp(-age / 12) * (density > 1)
    log_value = (
        -0.18
        + 0.58 * np.log(income)
        + 0.25 * desirability
        + 0.35 * coast * (1 + 0.3 * (income > 4.5))
        - 0.45 * np.log(persons / 2.8)
        + 0.3 * np.log(rooms.clip(2, 12) / persons)
        - 0.15 * young
        + random.normal(0, 0.2, rows)
    )
    value = np.exp(log_value).clip(0.14999, 5.00001)
    values = [income, age, rooms, bedrooms, population, persons, latitude, longitude, value]
    digits = [4, 0, 4, 4, 0, 4, 2, 2, 5]
    rounded = [column.round(d) if d > 0 else column.astype(int) for column, d in zip(values, digits)]
    return {name: column.tolist() for name, column in zip([*columns, target], rounded)}
