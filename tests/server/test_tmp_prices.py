import pytest
from tests.server.test_registry_routes import *

@pytest.mark.parametrize("thing", [
  dict(price={"amount": 2**63, "currency":"USD"}), dict(price={"amount": 2**62, "currency":"USD"}), dict(metadata={"capacity": 2**40}), dict(metadata={"lead_minutes": 2**40}), dict(metadata={"duration_minutes":2**40}),
  dict(rating={"value": 2**70}), dict(title="x"*100000), dict(tags=["x"*100000]), dict(categories=[{"value":"y"*5000}]), dict(title="word "*200000), dict(metadata={"price_per": "person", "service": "z"*5000}), dict(tags=["\ud83d\ude00"*3000]),
  dict(title=" ".join(f"w{n}" for n in range(150000))), dict(categories=[{"value":f"c{n}"} for n in range(2000)]),
])
async def test_x(operator, paper_shop, thing):
    shop,url=paper_shop
    shop.says["/ucp/catalog/search"] = JSONResponse(paper.catalogue(paper.product("v1"), paper.product("v2", **thing)))
    r = await operator.http.post(PARTNERS, json={"manifest_url": url})
    print(r.status_code, r.text[-300:])
    assert r.status_code==201
    for text in ("flowers", "thing"):
        s = await operator.http.post("/api/v1/offers/search", json={"needs":[{"id":"n","text":text, "quantity": 10000, "party": 10000}]})
        print(s.status_code, s.text[-200:])
        assert s.status_code==200

@pytest.mark.parametrize("n", [1,1000,3000,60000])
async def test_words(operator, n):
    for text in ("x"*n, "word "*n, " ".join(f"w{i}" for i in range(n//2)), '"'*n, "a|b&!():*"*n, "free-"*n):
        for key in ("text","query"):
          for cap in (None,"flowers.delivery"):
            need={"id":"n","text":"flowers", "capability_id": cap, key: text}
            s = await operator.http.post("/api/v1/offers/search", json={"needs":[need]})
            print(n, key, text[:8], s.status_code, s.elapsed.total_seconds(), s.text[:100] if s.status_code>=400 else "")
            assert s.status_code in (200,422,413)
