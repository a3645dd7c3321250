# The official image of PostgreSQL with the extension: docker build --build-arg PG_MAJOR=17 -t opportunities .
ARG PG_MAJOR=17
FROM postgres:$PG_MAJOR-trixie AS build
ARG PG_MAJOR
RUN apt-get update && apt-get install -y --no-install-recommends \
	gcc libc6-dev libicu-dev make pkg-config postgresql-server-dev-$PG_MAJOR
WORKDIR /opportunities
COPY Makefile opportunities.control ./
COPY dev/crm-definition dev/
COPY sql sql
COPY src src
RUN make clean with_llvm=no && make install with_llvm=no DESTDIR=/installed && find /installed -name '*.so' -exec strip {} +

FROM postgres:$PG_MAJOR-trixie
COPY --from=build /installed /
