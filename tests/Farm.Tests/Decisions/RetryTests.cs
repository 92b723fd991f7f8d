using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Ended clips that are rendered again.</summary>
public sealed class RetryTests
{
    private static readonly RenderSettings Short = FarmScenario.Settings() with { Audio = false };

    private readonly FarmScenario _farm = new FarmScenario().WithWorker("w1").WithWorker("w2");

    [Fact]
    public void Failed_row_continues_after_its_finished_stages()
    {
        _farm.WithBatch("b1", Short, Short with { Prompt = "other" });
        Render(1, until: "denoise-1");
        FailClip(1, "denoise-1");
        Assert.Equal(ClipState.Failed, _farm.Clip("b1", 1).State);

        var events = Retry(1);

        Assert.DoesNotContain("encode-prompt", Assert.IsType<FarmEvents.ClipRetried>(Assert.Single(events)).Stages);
        var clip = _farm.Clip("b1", 1);
        Assert.True(clip.IsOpen);
        Assert.Null(clip.Error);
        var status = clip.Stages["denoise-1"];
        Assert.Equal((StageState.Ready, 1), (status.State, status.Attempt));
        Assert.Empty(status.FailedOn);
        Assert.Equal(2, _farm.Assign(new StageAddress("b1", 1, "denoise-1"), "w1").Number);
        Render(1);
        Assert.Equal(ClipState.Finished, _farm.Clip("b1", 1).State);
    }

    [Fact]
    public void Ended_batch_is_open_again_and_ends_again()
    {
        _farm.WithBatch("b1", Short);
        FailClip(1, "encode-prompt");
        Assert.NotNull(_farm.State.Batches["b1"].EndedAt);

        Retry(null);

        Assert.Null(_farm.State.Batches["b1"].EndedAt);
        Assert.Equal(["b1"], _farm.State.Open);
        Assert.NotEmpty(_farm.Schedule());
        _farm.Complete(_farm.State.Workers.Values.Single(worker => worker.Current is not null).Id);
        Render(1);
        Assert.NotNull(_farm.State.Batches["b1"].EndedAt);
        Assert.Empty(_farm.State.ByKey);
        Assert.All(_farm.State.Batches["b1"].Left.Values, left => Assert.Equal(0, left, 6));
    }

    [Fact]
    public void Worker_that_failed_too_often_may_run_the_stages_of_retried_rows()
    {
        _farm.WithBatch("b1", 1, Enumerable.Range(1, 4)
            .Select(row => new ClipRequest(row, $"{row}.mp4", new ClipConstraints(), FarmScenario.Settings(row))).ToArray());
        foreach (var row in Enumerable.Range(1, Batch.MaxFailuresOfWorker))
        {
            _farm.Assign(new StageAddress("b1", row, "encode-prompt"), "w1");
            _farm.Farm.Fail(_farm.CurrentOf("w1"), FailureKind.Machine, "broken", _farm.Now);
            FailClip(row, "encode-prompt");
        }

        Assert.True(_farm.State.Batches["b1"].IsBlocked("w1", "encode_prompt") || _farm.State.Batches["b1"].Failures.Count > 0);
        Retry(1);
        Assert.Empty(_farm.State.Batches["b1"].Failures);
    }

    [Fact]
    public void Results_that_are_gone_are_made_again()
    {
        _farm.WithBatch("b1", Short);
        Render(1, until: "denoise-1");
        FailClip(1, "denoise-1");
        var gone = _farm.Clip("b1", 1).Artefacts.Values.ToHashSet();

        _farm.Farm.Retry("b1", 1, null, blob => !gone.Contains(blob), _farm.Now);

        Assert.Equal(StageState.Ready, _farm.Clip("b1", 1).Stages["encode-prompt"].State);
        Assert.Equal(StageState.Blocked, _farm.Clip("b1", 1).Stages["denoise-1"].State);
        Render(1);
        Assert.Equal(ClipState.Finished, _farm.Clip("b1", 1).State);
    }

    [Fact]
    public void Named_stage_of_a_finished_row_runs_again_with_those_behind_it()
    {
        _farm.WithBatch("b1", FarmScenario.Settings(), FarmScenario.Settings(2));
        Render(1);
        Assert.Equal(ClipState.Finished, _farm.Clip("b1", 1).State);
        var plan = _farm.Clip("b1", 1).Plan;

        var retried = Assert.IsType<FarmEvents.ClipRetried>(Assert.Single(
            _farm.Farm.Retry("b1", 1, "decode-audio", _ => true, _farm.Now)));

        Assert.Equal(["decode-audio", plan.Stages[^1].Id], retried.Stages);
        Assert.DoesNotContain(plan.Clip, _farm.Clip("b1", 1).Artefacts.Keys);
        Render(1);
        Assert.Equal(ClipState.Finished, _farm.Clip("b1", 1).State);
    }

    [Fact]
    public void Mux_alone_runs_again()
    {
        _farm.WithBatch("b1", Short, Short with { Prompt = "other" });
        Render(1);
        var mux = _farm.Clip("b1", 1).Plan.Stages[^1].Id;
        _farm.Farm.Retry("b1", 1, mux, _ => true, _farm.Now);
        Assert.Equal([new StageAddress("b1", 1, mux)], _farm.State.Local);
    }

    [Fact]
    public void Cancelled_rows_are_retried_with_the_failed_ones()
    {
        _farm.WithBatch("b1", Short, Short with { Prompt = "other" });
        Render(1);
        _farm.Farm.Pause("b1", _farm.Now);
        _farm.Farm.Cancel("b1", _farm.Now);

        Assert.Equal([2], Retry(null).OfType<FarmEvents.ClipRetried>().Select(retried => retried.Row));

        Assert.False(_farm.State.Batches["b1"].IsPaused);
        Assert.Equal(2, Assert.Single(_farm.Schedule()).Stage.Row);
    }

    [Fact]
    public void Retried_row_takes_over_a_result_that_another_row_has()
    {
        _farm.WithBatch("b1", Short, Short with { Seed = 2 }, Short with { Seed = 3 });
        FailClip(1, "encode-prompt");
        _farm.Assign(new StageAddress("b1", 2, "encode-prompt"), "w1");
        _farm.Complete("w1");

        Assert.Contains(Retry(1), happened => happened is FarmEvents.ResultShared { Stage.Row: 1 });
        Assert.Equal(StageState.Done, _farm.Clip("b1", 1).Stages["encode-prompt"].State);
    }

    [Fact]
    public void Repeated_request_changes_nothing()
    {
        _farm.WithBatch("b1", Short);
        FailClip(1, "encode-prompt");
        Assert.NotEmpty(Retry(null));
        Assert.Empty(Retry(null));
        Assert.Empty(Retry(1));
        Assert.Null(Error(null, null));
        Assert.Null(Error(1, null));
        Assert.Null(Error(1, "encode-prompt"));
    }

    [Fact]
    public void Impossible_retries_are_refused_in_one_sentence()
    {
        _farm.WithBatch("b1", Short, Short with { Prompt = "other" });
        Render(1);
        Assert.Equal("Batch b1 has no row 7.", Error(7, null));
        Assert.Equal("The stage 'denoise-1' can only run again in one row: name the row.", Error(null, "denoise-1"));
        Assert.Equal("Row 1 of batch b1 is finished: name the stage that is to run again.", Error(1, null));
        Assert.StartsWith("Row 1 of batch b1 has no stage 'bake'; its stages are encode-prompt, ", Error(1, "bake"));
        Render(2, until: "denoise-1");
        Assert.Equal(
            "Row 2 of batch b1 is not finished: a finished stage can run again once the row has ended.", Error(2, "encode-prompt"));
        Render(2);
        Assert.Equal("Batch b1 has no failed or cancelled rows.", Error(null, null));
    }

    [Fact]
    public void Row_without_its_images_is_refused()
    {
        var image = FarmScenario.Blob("image");
        _farm.WithBatch("b1", Short with { Images = [new ImageConditioning(image, 0, 1)] });
        FailClip(1, "encode-prompt");
        Assert.Equal(
            "The coordinator no longer has the images of row 1 of batch b1: submit the row again.",
            RetryDecisions.FindError(_farm.State.Batches["b1"], 1, null, blob => blob != image));
        Assert.Empty(_farm.Farm.Retry("b1", null, null, blob => blob != image, _farm.Now));
    }

    private string? Error(int? row, string? stage) => RetryDecisions.FindError(_farm.State.Batches["b1"], row, stage, _ => true);

    private IReadOnlyList<IFarmEvent> Retry(int? row) => _farm.Farm.Retry("b1", row, null, _ => true, _farm.Now);

    private void FailClip(int row, string stage)
    {
        _farm.Assign(new StageAddress("b1", row, stage), "w2");
        _farm.Farm.Fail(_farm.CurrentOf("w2"), FailureKind.Input, "bad", _farm.Now);
    }

    /// <summary>Runs the stages of a row, or those before a stage.</summary>
    private void Render(int row, string? until = null)
    {
        foreach (var stage in _farm.Clip("b1", row).Plan.Stages.TakeWhile(stage => stage.Id != until))
        {
            var address = new StageAddress("b1", row, stage.Id);
            if (_farm.Status(address).State == StageState.Done)
                continue;
            if (stage is MuxStage)
            {
                _farm.Farm.StartLocal(address, "coordinator", _farm.Now);
                var attempt = new AttemptAddress(address, _farm.Status(address).Attempt);
                _farm.Farm.Finish(_farm.DoneReport(attempt), "cafe", _farm.Now);
            }
            else
            {
                if (_farm.Status(address).State != StageState.Running)
                    _farm.Assign(address, "w1");
                _farm.Complete(_farm.Status(address).Running[0].Worker);
            }
        }
    }
}
