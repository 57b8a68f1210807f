# What the toy company adds to the Makefile.
.PHONY: demo live sources bench

demo: $(READY)
	$(BIN)/mega-toys demo

live: $(READY)
	$(BIN)/mega-toys live

sources: $(READY)
	$(BIN)/mega-toys sources

bench: $(READY)
	$(BIN)/python -m benchmarks $(PARTS) $(if $(SCALE),--scale $(SCALE)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(AGES),--ages $(AGES))
