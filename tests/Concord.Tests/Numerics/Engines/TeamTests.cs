using System.Runtime.CompilerServices;
using Concord.Numerics.Engines;

namespace Concord.Tests.Numerics.Engines;

[Collection("oneDNN")]
public sealed unsafe class TeamTests
{
    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(7)]
    public void ThreadTeamDoesEveryIndexOnce(int threads)
    {
        using var team = new ThreadTeam(threads);
        CountEveryIndex(team);
    }

    [FactWith(Need.OpenMp)]
    public void OpenMpTeamDoesEveryIndexOnce() => WithOpenMp(3, (team, _) => CountEveryIndex(team));

    [Fact]
    public void ThreadTeamRethrowsAWorkersException()
    {
        using var team = new ThreadTeam(2);
        Rethrows(team);
        CountEveryIndex(team);
    }

    [FactWith(Need.OpenMp)]
    public void OpenMpTeamRethrowsAWorkersException() => WithOpenMp(2, (team, _) =>
    {
        Rethrows(team);
        CountEveryIndex(team);
    });

    [Fact]
    public void ThreadTeamForksWithoutAllocating()
    {
        using var team = new ThreadTeam(2);
        Assert.Equal(0, AllocatedByForks(team));
    }

    [FactWith(Need.OpenMp)]
    public void OpenMpTeamForksWithoutAllocating() => WithOpenMp(2, (team, owner) =>
    {
        long allocated = -1;
        owner.Run(() => allocated = AllocatedByForks(team));
        Assert.Equal(0, allocated);
    });

    [FactWith(Need.OpenMp)]
    public void OpenMpTeamsOfDifferentSizeLiveSideBySide() => WithOpenMp(1, (one, _) => WithOpenMp(3, (three, _) =>
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(1, Members(one));
            Assert.Equal(3, Members(three));
        }
    }));

    [Fact]
    public void ADisposedThreadTeamRefuses()
    {
        var team = new ThreadTeam(2);
        team.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Members(team));
    }

    [Fact]
    public void CallsFromSeveralThreadsTakeTurns()
    {
        using var team = new ThreadTeam(2);
        Parallel.For(0, 8, _ => CountEveryIndex(team));
    }

    [TheoryWith(Need.FlushToZero)]
    [InlineData(1), InlineData(2), InlineData(5)]
    public void EveryMemberFlushesDenormalsAndTheCallerIsGivenItsModeBack(int threads)
    {
        using (var serial = new SerialTeam()) EveryMemberFlushes(serial);
        using (var team = new ThreadTeam(threads)) EveryMemberFlushes(team);
        using var twice = new SerialTeam(flushesToZero: false);
        Assert.Equal(0, Flushing(twice));
    }

    [TheoryWith(Need.FlushToZero, Need.OpenMp)]
    [InlineData(1), InlineData(2), InlineData(5)]
    public void EveryMemberOfAnOpenMpTeamFlushesDenormalsToo(int threads) => WithOpenMp(threads, (team, owner) =>
    {
        EveryMemberFlushes(team);
        owner.Run(() => EveryMemberFlushes(team));
    });

    private static void EveryMemberFlushes(Team team)
    {
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(team.Threads, Flushing(team));
            Assert.False(FlushToZero.IsOn);
            if (team.Threads > 1) Rethrows(team);
            Assert.False(FlushToZero.IsOn);
        }
    }

    private static int Flushing(Team team)
    {
        var members = 0;
        var work = new CountFlushing { Members = &members };
        team.For(ref work, team.Threads, 1);
        return members;
    }

    private static void WithOpenMp(int threads, Action<Team, EngineThread> test)
    {
        using var owner = new EngineThread("test");
        using var team = new OpenMpTeam(OneDnnLibrary.TryLoad(threads, out _)!.OpenMp!, threads, owner);
        test(team, owner);
    }

    private static void CountEveryIndex(Team team)
    {
        var counts = stackalloc int[1000];
        foreach (var length in new[] { 0, 1, 5, 64, 999, 1000 })
            foreach (var unit in new[] { 1, 16 })
            {
                new Span<int>(counts, 1000).Clear();
                var work = new Increment { Counts = counts };
                team.For(ref work, length, grain: 2, unit);
                for (var i = 0; i < 1000; i++) Assert.Equal(i < length ? 1 : 0, counts[i]);
            }
    }

    private static void Rethrows(Team team)
    {
        var thrown = Assert.Throws<InvalidOperationException>(() =>
        {
            var work = new Fail();
            team.For(ref work, 2, 1);
        });
        Assert.Equal("index 1", thrown.Message);
    }

    private static long AllocatedByForks(Team team)
    {
        var counts = stackalloc int[64];
        var work = new Increment { Counts = counts };
        for (var i = 0; i < 50; i++) team.For(ref work, 64, 1);
        return Allocation.Of(() =>
        {
            for (var i = 0; i < 1000; i++) team.For(ref work, 64, 1);
        });
    }

    private static int Members(Team team)
    {
        int parts = 0;
        var work = new CountParts { Parts = &parts };
        team.For(ref work, 100, 1);
        return parts;
    }

    private struct Increment : IRangeWork
    {
        public int* Counts;

        public readonly void Run(int start, int end)
        {
            for (var i = start; i < end; i++) Counts[i]++;
        }
    }

    private struct CountParts : IRangeWork
    {
        public int* Parts;

        public readonly void Run(int start, int end) => Interlocked.Increment(ref *Parts);
    }

    private struct CountFlushing : IRangeWork
    {
        public int* Members;

        public readonly void Run(int start, int end)
        {
            if (BitConverter.SingleToUInt32Bits(Product(1e-38f, 0.1f)) == 0 && FlushToZero.IsOn) Interlocked.Increment(ref *Members);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static float Product(float a, float b) => a * b;
    }

    private struct Fail : IRangeWork
    {
        public readonly void Run(int start, int end)
        {
            if (start == 1) throw new InvalidOperationException("index 1");
        }
    }
}
