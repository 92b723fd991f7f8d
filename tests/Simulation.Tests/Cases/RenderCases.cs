using FsCheck;
using FsCheck.Fluent;

namespace MlxVideo.Simulation.Tests.Cases;

/// <summary>Random cases for property tests. FsCheck finds each generator by its return type and shrinks failing cases.</summary>
public static class RenderCases
{
    /// <summary>Farms with random faults.</summary>
    public static class WithFaults
    {
        public static Arbitrary<RenderCase> Any() => Of(
            from macs in RandomFarms.Macs
            from submissions in RandomWorkloads.Submissions
            from faults in RandomFaults.For(macs.Count)
            from seed in Gen.Choose(1, 1_000_000)
            select new RenderCase(macs, submissions, faults, seed));
    }

    /// <summary>One batch submitted at time 0 to a small farm without faults.</summary>
    public static class NominalBatch
    {
        public static Arbitrary<RenderCase> Any() => Of(
            from macs in RandomFarms.FewMacs
            from batch in RandomWorkloads.Batch
            from seed in Gen.Choose(1, 1_000_000)
            select new RenderCase(macs, [new(0, batch)], [], seed));
    }

    /// <summary>One batch submitted at time 0 to a small farm with random faults.</summary>
    public static class BatchWithFaults
    {
        public static Arbitrary<RenderCase> Any() => Of(
            from macs in RandomFarms.FewMacs
            from batch in RandomWorkloads.Batch
            from faults in RandomFaults.For(macs.Count)
            from seed in Gen.Choose(1, 1_000_000)
            select new RenderCase(macs, [new(0, batch)], faults, seed));
    }

    private static Arbitrary<RenderCase> Of(Gen<RenderCase> cases) => Arb.From(cases, Smaller);

    /// <summary>Smaller cases: without one fault, one batch, one clip or the last Mac.</summary>
    private static IEnumerable<RenderCase> Smaller(RenderCase failing)
    {
        for (var index = 0; index < failing.Faults.Count; index++)
            yield return failing with { Faults = Without(failing.Faults, index) };
        for (var index = 0; index < failing.Submissions.Count && failing.Submissions.Count > 1; index++)
            yield return failing with { Submissions = Without(failing.Submissions, index) };
        for (var index = 0; index < failing.Submissions.Count; index++)
        {
            var submission = failing.Submissions[index];
            for (var clip = 0; clip < submission.Batch.Clips.Count && submission.Batch.Clips.Count > 1; clip++)
            {
                var fewer = submission with { Batch = submission.Batch with { Clips = Without(submission.Batch.Clips, clip) } };
                yield return failing with
                {
                    Submissions = [
                    .. failing.Submissions.Take(index), fewer, .. failing.Submissions.Skip(index + 1)]
                };
            }
        }

        if (failing.Macs.Count > 1)
            yield return failing with
            {
                Macs = Without(failing.Macs, failing.Macs.Count - 1),
                Faults = failing.Faults.Where(fault => fault.Mac < failing.Macs.Count - 1).ToList()
            };
    }

    private static List<T> Without<T>(IReadOnlyList<T> items, int index) => items.Where((_, at) => at != index).ToList();
}
