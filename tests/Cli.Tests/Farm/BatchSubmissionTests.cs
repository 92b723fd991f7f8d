using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Tests.Farm;

public sealed class BatchSubmissionTests
{
    [Theory]
    [InlineData(2, 0)]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    public async Task Possibly_accepted_submission_is_resent_with_the_same_client_token(int lost, int busy)
    {
        using var coordinator = new FakeCoordinator { AnswersToLose = lost, SubmissionsWhileBusy = busy };
        var created = await BatchSubmission.SubmitAsync(coordinator.Client, [Row(1)], weight: 1, model: null, CancellationToken.None);
        Assert.Equal("b1", created.Id);
        Assert.Equal(3, coordinator.Submissions.Count);
        Assert.Single(coordinator.Submissions.Select(batch => batch.ClientToken).Distinct());
    }

    [Fact]
    public async Task Unreachable_coordinator_fails_the_submission_immediately()
    {
        using var http = new HttpClient();
        var client = new FarmClient(http, new Uri("http://127.0.0.1:1"));
        var ex = await Assert.ThrowsAsync<FarmApiException>(
            () => BatchSubmission.SubmitAsync(client, [Row(1)], weight: 1, model: null, CancellationToken.None));
        Assert.Contains("can't be reached", ex.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repeated_submission_of_the_same_rows_creates_a_separate_batch()
    {
        using var coordinator = new FakeCoordinator();
        await BatchSubmission.SubmitAsync(coordinator.Client, [Row(1)], weight: 1, model: null, CancellationToken.None);
        await BatchSubmission.SubmitAsync(coordinator.Client, [Row(1)], weight: 1, model: null, CancellationToken.None);
        Assert.NotEqual(coordinator.Submissions[0].ClientToken, coordinator.Submissions[1].ClientToken);
    }

    [Fact]
    public async Task Images_are_uploaded_once_and_referenced_by_digest()
    {
        using var folder = new TemporaryFolder();
        using var coordinator = new FakeCoordinator();
        var image = folder.Write("image.png", "pixels");
        await BatchSubmission.SubmitAsync(coordinator.Client, [Row(1, new ImageInput(image, 0, 1)), Row(2, new ImageInput(image, 8, 0.5))],
            weight: 1, model: null, CancellationToken.None);
        var digest = Assert.Single(coordinator.Uploads);
        var images = coordinator.Submissions.Single().Clips.Select(clip => Assert.Single(clip.Settings.Images)).ToList();
        Assert.All(images, sent => Assert.Equal(digest, sent.Image.Digest));
        Assert.Equal([(0, 1.0), (8, 0.5)], images.Select(sent => (sent.Frame, sent.Strength)));
    }

    [Fact]
    public async Task Weight_model_and_constraints_are_submitted()
    {
        using var coordinator = new FakeCoordinator();
        var constraints = new ClipConstraints(3, new DateTimeOffset(2026, 1, 31, 17, 0, 0, TimeSpan.Zero), true, "studio");
        await BatchSubmission.SubmitAsync(
            coordinator.Client, [Row(1) with { Constraints = constraints }], weight: 2.5, model: "ltx-2", CancellationToken.None);
        var batch = Assert.Single(coordinator.Submissions);
        Assert.Equal((2.5, "ltx-2", constraints), (batch.Weight, batch.Model, Assert.Single(batch.Clips).Constraints));
    }

    private static BatchRow Row(int row, params ImageInput[] images) => new(
        row, row + 1,
        new RenderSettings
        {
            Prompt = "a cat",
            NumFrames = 9,
            Images = images.Select(image => new ImageConditioning(new BlobRef("", 0), image.Frame, image.Strength)).ToList(),
        },
        new ClipInputs { Images = images }, $"{row}.mp4", new ClipConstraints());
}
