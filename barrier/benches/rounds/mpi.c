/* Rounds of MPI_Barrier and of MPI_Allgather of 64 bytes: prints microseconds a round of each. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { BYTES = 64 };

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    int rank, ranks, rounds = argc > 1 ? atoi(argv[1]) : 200;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    char brought[BYTES] = {0};
    char *gathered = malloc((size_t)ranks * BYTES);
    for (int round = 0; round < 20; round++) {
        MPI_Allgather(brought, BYTES, MPI_CHAR, gathered, BYTES, MPI_CHAR, MPI_COMM_WORLD);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    double begun = MPI_Wtime();
    for (int round = 0; round < rounds; round++) {
        MPI_Barrier(MPI_COMM_WORLD);
    }
    double met = MPI_Wtime();
    for (int round = 0; round < rounds; round++) {
        MPI_Allgather(brought, BYTES, MPI_CHAR, gathered, BYTES, MPI_CHAR, MPI_COMM_WORLD);
    }
    double exchanged = MPI_Wtime();
    if (rank == 0) {
        printf("%f %f\n", (met - begun) * 1e6 / rounds, (exchanged - met) * 1e6 / rounds);
    }
    free(gathered);
    MPI_Finalize();
    return 0;
}
